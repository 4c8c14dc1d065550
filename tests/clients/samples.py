"""`try --json` over documents as publishers sent them: each gives the items,
headlines, dates and leads that another tool counted in it.

usage: samples.py PROGRAM FILE…

EXPECTED was counted on 28 November 2026: feeds by feedparser 6.0.14 (entries
without headline and text, and entries with an id that was there before, left
out), its titles made plain by BeautifulSoup 4.15. Where feedparser reads less,
a note says who counted. Letters are those of all headlines together, so that a
wrong charset or a lost word shows; no text is copied.
"""

import json
import pathlib
import subprocess
import sys

from service import expect, note

FEEDS = [".atom", ".rdf", ".rss", ".xml"]

# By name: items, letters of their headlines, items with a link, with a date,
# with a lead.
EXPECTED = {
    "StombieIT__SecondCourseWork__lenta.xml": (198, 10681, 198, 198, 198),
    # feedparser takes the mojibake out of three headlines, a letter each.
    "codehollow__FeedReader__Rss20IndianExpress.xml": (200, 10710, 200, 200, 0),
    "codehollow__FeedReader__Rss20MoscowTimes.xml": (50, 2231, 50, 50, 50),
    "codehollow__FeedReader__Rss20Reuters.xml": (10, 491, 10, 10, 10),
    "codehollow__FeedReader__Rss20YandexRussia.xml": (15, 892, 15, 15, 15),
    "danmactough__node-feedparser__illegally-nested.xml": (10, 344, 10, 10, 10),
    "danmactough__node-feedparser__tpm-with-empty-base.atom": (20, 1011, 20, 20, 20),
    "feedjira__feedjira__google_alerts_atom.xml": (20, 1025, 20, 20, 20),
    # feedparser reads no date; grep counts 195 elements `pubDate`.
    "mediacloud__rss-fetcher__real-korean-times.rss": (195, 9596, 195, 195, 183),
    "miniflux__v2__encoding_WINDOWS-1251.xml": (50, 300, 50, 50, 50),
    "miniflux__v2__koi8r.xml": (2, 26, 2, 2, 2),
    "rbren__rss-parser__craigslist.rss": (25, 1468, 25, 25, 25),
    "rbren__rss-parser__encoding.rss": (40, 1980, 40, 40, 36),
    # feedparser reads no date; grep counts 15 elements `pubDate`.
    "rbren__rss-parser__uolNoticias.rss": (15, 899, 15, 15, 11),
    # json.loads, line by line; it has neither links nor dates.
    "RossiyaSegodnya__ria_news_dataset__ria_20.json": (20, 1000, 0, 0, 20),
    # Articles: the letters of `h1` or `og:title` as BeautifulSoup has them,
    # at the last one the `title` without the outlet; a link where the page
    # names its own address.
    "AndyTheFactory__newspaper4k__chinese_article_001.html": (1, 18, 1, 1, 1),
    "AndyTheFactory__newspaper4k__chinese_article_002.html": (1, 18, 0, 1, 1),
    "adbar__htmldate__1550981615.html": (1, 39, 1, 1, 1),
    "adbar__htmldate__1647262025.html": (1, 56, 1, 1, 1),
    "flairNLP__fundus__AnadoluAjansi_2025_04_05.html.gz": (1, 50, 1, 1, 1),
    "flairNLP__fundus__People_2024_04_24.html.gz": (1, 52, 0, 1, 1),
    "GeneralNewsExtractor__xinhuanet_1.html": (1, 15, 0, 1, 1),
    # A list: BeautifulSoup's `.news_title h3 a`.
    "GeneralNewsExtractor__163_list_1.html": (29, 623, 29, 29, 0),
}


def counted(items):
    def having(key):
        return sum(bool(item[key]) for item in items)

    letters = sum(c.isalpha() for item in items for c in item["title"])
    return len(items), letters, having("link"), having("published"), having("summary")


def main(program, *files):
    expect(files, "no files")
    ran = subprocess.run([program, "try", "--json", *files], capture_output=True, text=True)
    expect(ran.returncode in [0, 1], f"exit {ran.returncode}", ran.stderr)
    expect("panicked" not in ran.stderr, ran.stderr)
    answers = [json.loads(line) for line in ran.stdout.splitlines()]
    expect([answer["document"] for answer in answers] == list(files), "not one answer a file")
    for answer in answers:
        name = pathlib.Path(answer["document"]).name
        items, error = answer["items"], answer["error"]
        print(f"{len(items):4} items, {len(answer['skipped'])} left out: {name}: {error}")
        expect(items or error, f"{name}: neither items nor a reason")
        expect("panicked" not in (error or ""), f"{name}: {error}")
        expect(items or pathlib.Path(name).suffix not in FEEDS, f"{name}: {error}")
        keys = {item["key"] for item in items}
        expect(len(keys) == len(items), f"{name}: a key is there twice")
        if name in EXPECTED:
            found, expected = counted(items), EXPECTED[name]
            expect(found == expected, f"{name}: {found}, {expected} expected")
        letters = "".join(item["title"] + item["summary"] for item in items)
        expect("\ufffd" not in letters, f"{name}: a damaged letter")
    known = sum(pathlib.Path(file).name in EXPECTED for file in files)
    note(f"{len(files)} files, {known} counted by other tools: all items, none twice")


main(*sys.argv[1:])
