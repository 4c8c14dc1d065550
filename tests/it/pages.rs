//! Pages without a feed, as publishers build them. Every page in
//! `tests/pages` is made up; what it must yield stands beside it.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use scofeed::model::{
    Expect, Failure, Head, Hints, Parsed, Rung, Selectors, SourceState, Validators, WebUrl,
};
use scofeed::parse::{self, Recipe};
use serde::Deserialize;

use crate::site::{Answer, EVERY, Site, item, rss};

/// What a list page yields.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    url: String,
    zone: Option<String>,
    format: String,
    title: String,
    language: Option<String>,
    items: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    title: String,
    link: String,
    published: Option<Timestamp>,
    lead: Option<String>,
    authors: Option<Vec<String>>,
}

/// What an article page tells.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Article {
    url: String,
    zone: Option<String>,
    title: String,
    published: Timestamp,
    lead: String,
    byline: Option<Vec<String>>,
    language: String,
    canonical: Option<String>,
    video: Option<String>,
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/pages")
        .join(name)
}

/// The pages of a folder with what is expected of them.
fn pages<T: for<'de> Deserialize<'de>>(name: &str) -> Vec<(String, Vec<u8>, T)> {
    let mut pages = Vec::new();
    for entry in fs::read_dir(folder(name)).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "html") {
            continue;
        }
        let expected = fs::read_to_string(path.with_extension("json")).unwrap();
        let expected = serde_json::from_str(&expected)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        pages.push((name, fs::read(&path).unwrap(), expected));
    }
    pages.sort_by(|a, b| a.0.cmp(&b.0));
    pages
}

fn zone(name: Option<&str>) -> TimeZone {
    let Some(name) = name else {
        return TimeZone::UTC;
    };
    TimeZone::get(name).unwrap_or_else(|_| {
        let (hours, minutes) = name[1..].split_once(':').unwrap();
        let seconds = hours.parse::<i32>().unwrap() * 3600 + minutes.parse::<i32>().unwrap() * 60;
        TimeZone::fixed(Offset::from_seconds(seconds).unwrap())
    })
}

fn head(url: &str) -> Head {
    Head {
        url: WebUrl::parse(url).unwrap(),
        hops: Vec::new(),
        status: 200,
        content_type: Some("text/html".to_owned()),
        validators: Validators::default(),
        hints: Hints::default(),
        wire_bytes: 0,
    }
}

/// When every page is read.
fn now() -> Timestamp {
    "2026-11-20T09:00:00Z".parse().unwrap()
}

fn read(recipe: &Recipe, url: &str, page: &[u8]) -> Result<Parsed, Failure> {
    parse::document(recipe, &head(url), page, now())
}

#[test]
fn list_pages_yield_their_entries_without_selectors() {
    let pages = pages::<List>("lists");
    assert!(pages.len() >= 10, "{} pages", pages.len());
    for (name, page, expected) in pages {
        let recipe = Recipe::page(None, Expect::default())
            .unwrap()
            .zone(zone(expected.zone.as_deref()));
        let parsed = read(&recipe, &expected.url, &page).unwrap();
        assert_eq!(parsed.format, expected.format, "{name}");
        assert_eq!(
            parsed.title.as_deref(),
            Some(expected.title.as_str()),
            "{name}"
        );
        assert_eq!(parsed.language, expected.language, "{name}");
        assert_eq!(parsed.breach, None, "{name}");
        let told = |items: &[(String, String, Option<Timestamp>)]| {
            let lines = items.iter().map(|item| format!("{item:?}\n"));
            lines.collect::<String>()
        };
        let found: Vec<_> = parsed
            .items
            .iter()
            .map(|item| {
                let link = item.link.as_ref().map(ToString::to_string);
                (item.title.clone(), link.unwrap_or_default(), item.stated)
            })
            .collect();
        let wanted: Vec<_> = expected
            .items
            .iter()
            .map(|entry| (entry.title.clone(), entry.link.clone(), entry.published))
            .collect();
        assert!(
            found == wanted,
            "{name}\n--- found\n{}--- expected\n{}",
            told(&found),
            told(&wanted)
        );
        for (item, entry) in parsed.items.iter().zip(&expected.items) {
            if let Some(lead) = &entry.lead {
                assert_eq!(&item.lead, lead, "{name}: {}", entry.title);
            }
            let authors = entry.authors.clone().unwrap_or_default();
            assert_eq!(item.byline, authors, "{name}: {}", entry.title);
        }
    }
}

#[test]
fn article_pages_tell_headline_date_and_lead() {
    let pages = pages::<Article>("articles");
    assert!(pages.len() >= 8, "{} pages", pages.len());
    for (name, page, expected) in pages {
        let recipe = Recipe::feed().zone(zone(expected.zone.as_deref()));
        let article = parse::article(&recipe, &head(&expected.url), &page, now()).unwrap();
        assert_eq!(
            article.title.as_deref(),
            Some(expected.title.as_str()),
            "{name}"
        );
        assert_eq!(article.stated, Some(expected.published), "{name}");
        assert_eq!(article.lead, expected.lead, "{name}");
        assert_eq!(
            article.language.as_deref(),
            Some(expected.language.as_str()),
            "{name}"
        );
        if let Some(byline) = expected.byline {
            assert_eq!(article.byline, byline, "{name}");
        }
        if let Some(canonical) = expected.canonical {
            let found = article.canonical.map(|url| url.to_string());
            assert_eq!(found, Some(canonical), "{name}");
        }
        let video = article.media.first().map(|media| media.url.clone());
        assert_eq!(video, expected.video, "{name}");
    }
}

/// Headline, link and moment of the items of a list page, each of whose
/// entries is built so.
fn built(entry: &str) -> Vec<(String, String, String)> {
    let entries: String = DAILY
        .iter()
        .enumerate()
        .map(|(n, headline)| {
            let day = format!("1{n}");
            let entry = entry.replace("HEADLINE", headline);
            entry
                .replace("DAY", &day)
                .replace("LINK", &format!("/n/900{n}"))
        })
        .collect();
    let page = format!("<title>News - Volga Herald</title><div class=list>{entries}</div>");
    let parsed = read(
        &Recipe::any(),
        "https://volga.example/news",
        page.as_bytes(),
    )
    .unwrap();
    assert!(
        parsed.format.starts_with("list page"),
        "{entry}: {parsed:?}"
    );
    parsed
        .items
        .into_iter()
        .map(|item| {
            let link = item.link.unwrap().to_string();
            let stated = item.stated.map(|stated| stated.to_string());
            (item.title, link, stated.unwrap_or_default())
        })
        .collect()
}

const DAILY: [&str; 5] = [
    "Harbour of the free port opens to ships",
    "Parliament passes the 2027 budget at night",
    "Museum of the steppe opens its new wing",
    "Grain exports rise for a third month running",
    "Power plant returns to service after repairs",
];

const STORIES: [&str; 8] = [
    DAILY[0],
    DAILY[1],
    DAILY[2],
    DAILY[3],
    DAILY[4],
    "Students of four countries spend a week at the lake",
    "Ferry across the inland sea sails twice a week",
    "Archive of the old caravan road is put online",
];

/// What a list of `DAILY` must yield.
fn daily(clock: &str) -> Vec<(String, String, String)> {
    let item = |(n, headline): (usize, &&str)| {
        (
            (*headline).to_owned(),
            format!("https://volga.example/n/900{n}"),
            format!("2026-11-1{n}T{clock}Z"),
        )
    };
    DAILY.iter().enumerate().map(item).collect()
}

#[test]
fn a_date_beside_the_headline_in_a_link_is_the_date_of_its_entry() {
    for link in [
        "<span>DAY.11.2026</span> HEADLINE",
        "HEADLINE <span>DAY.11.2026</span>",
        "DAY.11.2026 HEADLINE",
        "DAY.11.2026<br>HEADLINE",
        "DAY ноября 2026 HEADLINE",
        "2026-11-DAY | HEADLINE",
        "HEADLINE (DAY.11.2026)",
        "November DAY, 2026 — HEADLINE",
        "HEADLINE[11-DAY]",
        "【11月DAY日】HEADLINE",
        "HEADLINE（2026-11-DAY）",
    ] {
        let entry = format!("<div class=i><a href=LINK>{link}</a></div>");
        assert_eq!(built(&entry), daily("00:00:00"), "{link}");
    }
    for entry in [
        "<div class=i><a href=LINK>DAY.11.2026 14:05 HEADLINE</a></div>",
        "<div class=i><b>DAY.11.2026</b><a href=LINK>14:05 HEADLINE</a></div>",
    ] {
        assert_eq!(built(entry), daily("14:05:00"), "{entry}");
    }
}

/// Day and clock, day and month: each in an element of its own.
#[test]
fn a_date_in_several_elements_is_one() {
    for date in [
        "<div class=date><span>DAY ноября 2026</span><span>14:05</span></div>",
        "<div class=date><span>Nov DAY, 2026</span><span>14:05</span></div>",
        "<time datetime=2026-11-DAY>DAY November 2026, 14:05</time>",
        "<p><span>DAY November 2026</span> <b>۱۴:۰۵</b></p>",
    ] {
        let entry = format!("<div class=i>{date}<a href=LINK>HEADLINE</a></div>");
        assert_eq!(built(&entry), daily("14:05:00"), "{date}");
    }
    for date in [
        "<div class=time><span>DAY</span><p>2026-11</p></div>",
        "<div class=time><b>DAY</b>2026年11月</div>",
        "<div class=date><b>DAY</b><i>11.2026</i></div>",
    ] {
        let entry = format!("<div class=i>{date}<a href=LINK>HEADLINE</a></div>");
        assert_eq!(built(&entry), daily("00:00:00"), "{date}");
    }
}

#[test]
fn an_author_is_a_name_and_nothing_that_stands_beside_it() {
    for credit in [
        "<div class=byline>By Anna Orlova</div>",
        "<span class=author-date><span class=author-name><a href=/a/1>Anna Orlova</a> <i>-</i> \
         </span><time datetime=2026-11-20>20 Nov 2026</time></span>",
        "<div class=author-meta>By <a href=/a/1>Anna Orlova</a> on <time>20 Nov 2026</time></div>",
        "<div class=author><img src=a.jpg><a href=/a/1>Anna Orlova</a><a href=/a/1>All posts</a></div>",
        "<div class=author>Anna Orlova<br><time>20 Nov 2026</time><br>12 comments</div>",
        "<div class=byline>Anna Orlova · 3 min read</div>",
        "<div class=author><time>20 Nov 2026</time> Anna Orlova</div>",
        "<div class=by>By Anna Orlova</div>",
        "<span class=author>Anna Orlova<small>historian, professor</small></span>",
        "<div class=author><b>Anna Orlova</b><div>Senior Fellow</div></div>",
        "<span class=author>Written by: Anna Orlova</span>",
        "<span class=author>Yazar: Anna Orlova</span>",
        "<span class=author>بقلم: Anna Orlova</span>",
        "<p>20 November 2026, 10:05 <i>1 230</i> Author: <a href=/a/1>Anna Orlova</a></p>",
        "<div class=byline><div>By</div> <div>Anna Orlova</div></div>",
        "<span class=author-avatar><img src=a.jpg></span><p>By Anna Orlova</p>",
        "<p>Author: Anna Orlova Photo: Ivan Petrov</p>",
        "<figcaption>Photo by: Ivan Petrov</figcaption><p>By Anna Orlova</p>",
        "<div>By Anna Orlova | 20 November 2026</div>",
    ] {
        let entries = DAILY.iter().enumerate().map(|(n, headline)| {
            format!("<div class=i><h3><a href=/n/{n}>{headline}</a></h3>{credit}</div>")
        });
        let page = format!("<title>Volga Herald</title>{}", entries.collect::<String>());
        let parsed = read(&Recipe::any(), "https://volga.example/", page.as_bytes()).unwrap();
        assert_eq!(parsed.items.len(), DAILY.len(), "{credit}");
        for item in parsed.items {
            assert_eq!(item.byline, ["Anna Orlova"], "{credit}");
        }
    }
}

/// How long a video is, is not when it was published.
#[test]
fn the_length_of_a_video_is_no_hour() {
    for entry in [
        "<div class=i><a href=LINK><img src=a.jpg><span>14:05</span></a>\
         <h3><a href=LINK>HEADLINE</a></h3><span>DAY November 2026</span></div>",
        "<div class=i><a href=LINK><img src=a.jpg><b class=time>14:05</b></a>\
         <h3><a href=LINK>HEADLINE</a></h3><i class=date>DAY November 2026</i></div>",
        "<div class=i><h3><a href=LINK>HEADLINE</a></h3><span class=video-duration>14:05</span>\
         <span>DAY November 2026</span></div>",
    ] {
        assert_eq!(built(entry), daily("00:00:00"), "{entry}");
    }
    let over = "<div class=i><a href=LINK><img src=a.jpg><time datetime=2026-11-DAYT14:05>14:05\
                </time></a><h3><a href=LINK>HEADLINE</a></h3></div>";
    assert_eq!(built(over), daily("14:05:00"));
    let hour =
        "<div class=i><span>DAY November 2026</span> <b>14:05</b> <a href=LINK>HEADLINE</a></div>";
    assert_eq!(built(hour), daily("14:05:00"));
}

/// When it was published, not when it was changed.
#[test]
fn an_entry_is_as_old_as_its_first_edition() {
    for dates in [
        "<p>Updated 28 November 2026, 11:00 | Published DAY November 2026, 09:30</p>",
        "<p><span>Updated: 28 November 2026</span> <span>Published: DAY November 2026, 09:30</span></p>",
        "<time class=updated datetime=2026-11-28T11:00>28 November</time>\
         <time class=published datetime=2026-11-DAYT09:30>DAY November</time>",
        "<time class='published updated' datetime=2026-11-DAYT09:30>DAY November</time>",
        "<p>Updated DAY November 2026, 09:30</p>",
        "<time class=updated datetime=2026-11-DAYT09:30>DAY November 2026</time>",
    ] {
        let entry = format!("<div class=i><h3><a href=LINK>HEADLINE</a></h3>{dates}</div>");
        assert_eq!(built(&entry), daily("09:30:00"), "{dates}");
    }
}

/// A lead that is a link, too, and longer than any headline.
#[test]
fn a_lead_in_a_link_is_no_headline() {
    let lead = "Officials said on Thursday that work at this place, which took two years, is done.";
    for entry in [
        "<div class=i><a class=x href=LINK>HEADLINE</a><a class=y href=LINK>LEAD</a><i>DAY.11.2026</i></div>",
        "<div class=i><div class=x><a href=LINK>HEADLINE</a></div><i>DAY.11.2026</i>\
         <p><a href=LINK>LEAD</a></p></div>",
        "<div class=i><a href=LINK><img src=a.jpg></a><a href=LINK><b>HEADLINE</b></a><br>\
         <a href=LINK>LEAD</a><br>DAY.11.2026</div>",
    ] {
        let entries = DAILY.iter().enumerate().map(|(n, headline)| {
            let entry = entry
                .replace("HEADLINE", headline)
                .replace("LEAD", &format!("{n}: {lead}"));
            entry
                .replace("LINK", &format!("/n/900{n}"))
                .replace("DAY", &format!("1{n}"))
        });
        let page = format!("<title>Volga Herald</title>{}", entries.collect::<String>());
        let parsed = read(&Recipe::any(), "https://volga.example/", page.as_bytes()).unwrap();
        let told: Vec<_> = parsed
            .items
            .iter()
            .map(|item| item.title.as_str())
            .collect();
        assert_eq!(told, DAILY, "{entry}");
        assert!(
            parsed.items.iter().all(|item| item.lead.ends_with(lead)),
            "{entry}"
        );
    }
}

/// A picture may lead to itself, or to its section.
#[test]
fn pictures_beside_headlines_are_no_entries() {
    for entry in [
        "<div class=i><a href=/photo/90DAY><img src=a.jpg alt='HEADLINE'></a>\
         <span>DAY.11.2026</span><a href=LINK>HEADLINE</a></div>",
        "<div class=i><a href=/upload/DAY.jpg><img src=a.jpg alt='HEADLINE'></a>\
         <h3><a href=LINK>HEADLINE</a></h3><span>DAY.11.2026</span></div>",
        "<div class=i><a href=/photo/90DAY><img src=a.jpg alt='Photo by the agency of the port'>\
         </a><a href=LINK>HEADLINE</a><span>DAY.11.2026</span></div>",
    ] {
        assert_eq!(built(entry), daily("00:00:00"), "{entry}");
    }
}

/// Whatever else stands in its link, and whatever it is called.
#[test]
fn a_cut_headline_is_told_whole_by_its_link() {
    let rows: Vec<String> = DAILY
        .iter()
        .enumerate()
        .map(|(n, headline)| {
            let cut: String = headline.chars().take(30).collect();
            format!(
                "<li><a href=/n/900{n} title='{headline}'><span>{cut}…</span>\
                 <span>2026-11-1{n}</span></a></li>"
            )
        })
        .collect();
    assert_eq!(titles(&format!("<ul>{}</ul>", rows.concat())), DAILY);
    let rows: Vec<String> = DAILY
        .iter()
        .enumerate()
        .map(|(n, headline)| {
            format!(
                "<li><a href=/n/900{n}><div class=topic-name>{headline}</div><div class=txt>\
                 Something was said on the matter {n} by officials of the town.</div></a></li>"
            )
        })
        .collect();
    assert_eq!(titles(&format!("<ul>{}</ul>", rows.concat())), DAILY);
}

/// When an article was published, not when it was last changed.
#[test]
fn an_article_is_as_old_as_its_first_edition() {
    for dates in [
        "<p>Updated 28 November 2026, 11:00 | Published 26 November 2026, 09:30</p>",
        "<span>Last updated: 28 November 2026, 11:00</span> \
         <span>First published: 26 November 2026, 09:30</span>",
        "<div><span>Обновлено 28.11.2026 11:00</span><span>Опубликовано 26.11.2026 09:30</span></div>",
        "<div class=date><span>26 November 2026</span><span>09:30</span></div>",
    ] {
        let page = format!(
            "<title>x</title><article><h1>Harbour of the free port opens to ships</h1>{dates}\
             <p>Officials said on Thursday that the harbour will be open to ships of all flags \
             from the first day of December, after two years of work.</p></article>"
        );
        let head = head("https://volga.example/n/1");
        let article = parse::article(&Recipe::feed(), &head, page.as_bytes(), now()).unwrap();
        let stated = article.stated.map(|stated| stated.to_string());
        assert_eq!(stated.as_deref(), Some("2026-11-26T09:30:00Z"), "{dates}");
    }
}

#[test]
fn the_headline_of_a_card_stands_beside_its_read_more() {
    for entry in [
        "<div class=card><a href=LINK><img src=x.jpg></a><div class=body><h5>HEADLINE</h5>\
         <p>Something was said on the matter by officials, who did not tell their names.</p>\
         <small>DAY.11.2026</small><a href=LINK class=btn>Read more</a></div></div>",
        "<div class=card><h3>HEADLINE</h3><span>DAY.11.2026</span>\
         <a href=LINK>Read the whole story</a></div>",
        "<p>DAY.11.2026 <b class=title>HEADLINE</b> <a href=LINK>Details</a></p>",
        "<tr><td>DAY.11.2026</td><td>HEADLINE <a href=LINK>Download</a></td></tr>",
        // What a link says to those who do not see it.
        "<div class=c><a href=LINK aria-label='Read more about HEADLINE'><img src=x.jpg></a>\
         <h3>HEADLINE</h3><i>DAY.11.2026</i></div>",
        "<div class=c><a href=LINK aria-label='Open: HEADLINE'><img src=x.jpg></a>\
         <div><a href=LINK>HEADLINE</a></div><i>DAY.11.2026</i></div>",
        "<div class=c><a href=LINK title='Photo to “HEADLINE”, by our correspondent'><img src=x.jpg></a>\
         <p>DAY.11.2026</p><p>HEADLINE</p></div>",
        // A lead is no headline.
        "<div class=c><a href=LINK title='HEADLINE'><img src=x.jpg></a><i>DAY.11.2026</i>\
         <p>Something was said on the matter by officials, who did not tell their names.</p></div>",
    ] {
        // Rows stand in a table, whatever is around it.
        let found = if entry.starts_with("<tr>") {
            built(&format!("<table>{entry}</table>"))
        } else {
            built(entry)
        };
        assert_eq!(found, daily("00:00:00"), "{entry}");
    }
}

/// What stands in elements of its own is shown apart, though no space is
/// written between.
#[test]
fn what_touches_a_headline_is_none_of_it() {
    for link in [
        "HEADLINE<span>DAY.11.2026</span>",
        "HEADLINE<i>DAY Nov 2026</i>",
        "HEADLINE<b>DAY</b> <i>DAY.11.2026</i>",
        "<span>DAY Nov 2026</span>HEADLINE",
        "<b>HEADLINE</b><small>DAY ноября 2026</small>",
        "<span class=cat>World</span>HEADLINE <i>DAY.11.2026</i>",
        "<span>World</span><span>HEADLINE</span> <time>DAY.11.2026</time>",
        "<h3><span>Economy</span>HEADLINE<em>DAY.11.2026</em></h3>",
        "HEADLINEDAY Nov 2026",
    ] {
        let entry = format!("<div class=i><a href=LINK>{link}</a></div>");
        assert_eq!(built(&entry), daily("00:00:00"), "{link}");
    }
}

/// Sections that nothing calls so, in the link of each headline.
#[test]
fn the_section_before_a_headline_is_none_of_it() {
    let chinese = [
        ("国际", "各成员国铁路部门就统一运价达成一致"),
        ("经济", "高原口岸货运量连续三个月创新高"),
        ("国际", "四十国客商参加秋季贸易博览会"),
        ("社会", "山区小学迎来首批双语课本"),
        ("经济", "跨境输电线路全线贯通投入使用"),
        ("国际", "边境城市举办青年音乐周活动"),
    ];
    let english = [
        ("World", "Harbour of the free port opens to ships"),
        ("Economy", "Grain exports rise for a third month running"),
        ("World", "Parliament passes the budget at night"),
        ("Society", "Museum of the steppe opens its new wing"),
        ("Economy", "Power plant returns to service after repairs"),
        ("World", "4,000 runners take part in the city marathon"),
    ];
    for (stories, links) in [
        (
            chinese,
            &[
                "<span>SECTION</span>HEADLINE",
                "<span>SECTION</span> | HEADLINE",
                "HEADLINE<span>SECTION</span>",
                "<p><i>SECTION</i>HEADLINE</p>",
            ][..],
        ),
        (
            english,
            &[
                "<span>SECTION</span> HEADLINE",
                "<b>SECTION</b> · HEADLINE",
                "HEADLINE<br>SECTION",
                "HEADLINE | <span>SECTION</span>",
                "<h3><div>SECTION</div>HEADLINE</h3>",
            ],
        ),
    ] {
        let headlines = stories.map(|(_, headline)| headline);
        for link in links {
            assert_eq!(titles(&labelled(&stories, link)), headlines, "{link}");
        }
    }
    // Sections of which each stands once, set off as no word is.
    let once: Vec<(&str, &str)> = ["Law", "Sport", "World", "Money"]
        .into_iter()
        .zip(english.map(|(_, headline)| headline))
        .collect();
    let headlines: Vec<&str> = once.iter().map(|(_, headline)| *headline).collect();
    for link in ["<i>SECTION</i> / HEADLINE", "HEADLINE • <i>SECTION</i>"] {
        assert_eq!(titles(&labelled(&once, link)), headlines, "{link}");
    }
    // What was searched for is marked.
    let found = [
        "上合组织峰会今日开幕",
        "上合组织国家扩大贸易",
        "上合组织秘书长会见记者团",
    ];
    let entries = found.iter().enumerate().map(|(n, headline)| {
        let rest = headline.trim_start_matches("上合组织");
        format!("<li><a href=/n/900{n}><span>上合组织</span>{rest}</a><em>2026-11-1{n}</em></li>")
    });
    assert_eq!(
        titles(&format!("<ul>{}</ul>", entries.collect::<String>())),
        found
    );
}

/// Headlines and their sections, in links that are built so.
fn labelled(stories: &[(&str, &str)], link: &str) -> String {
    let entry = |(n, (section, headline)): (usize, &(&str, &str))| {
        let link = link.replace("SECTION", section);
        let link = link.replace("HEADLINE", headline);
        format!("<li><a href=/n/900{n}>{link}</a><em>2026-11-1{n}</em></li>")
    };
    let entries: String = stories.iter().enumerate().map(entry).collect();
    format!("<ul>{entries}</ul>")
}

/// Words of a headline stand in elements of their own, too: the last one with
/// its icon, a name that is shown in bold.
#[test]
fn a_headline_keeps_its_first_and_its_last_word() {
    let begun = [
        ("Kazakhstan", "approves the new budget for the coming year"),
        (
            "Tajikistan",
            "signs a transit agreement with its neighbours",
        ),
        ("Kazakhstan", "opens a railway line between two capitals"),
        ("Tajikistan", "sends medical supplies to the flooded valley"),
        ("Kazakhstan", "invites observers to the joint exercise"),
        ("Tajikistan", "holds talks on water and on energy"),
    ];
    let quoted = [
        ("In Tashkent,", "Ministers of ten states discuss a charter"),
        ("Five reasons why", "Central Asia builds its own railways"),
        ("The president:", "We shall open the border next spring"),
        ("As of Monday", "Nobody needs a visa for short visits"),
    ];
    let ended = [
        ("talks", "Leaders of the region met in Bishkek for"),
        ("corridors", "Ministers signed an agreement on transit"),
        ("year", "Parliament approved the budget for the next"),
        ("basin", "Experts discuss water use across the river"),
        ("talks", "The two neighbours prepare for a new round of"),
        ("year", "Grain exports rise again for the third running"),
        ("talks", "Envoys arrive at the lake for another day of"),
    ];
    let chinese = [
        ("会谈", "各成员国领导人在比什凯克举行"),
        ("协议", "多国部长签署跨境运输便利化"),
        ("预算", "议会投票通过下一年度国家"),
        ("会议", "专家讨论流域水资源利用专题"),
    ];
    for (stories, link) in [
        (&begun[..], "<b>SECTION</b> HEADLINE"),
        (&quoted, "<span>SECTION</span> HEADLINE"),
        (
            &ended,
            "HEADLINE <span class=nowrap>SECTION<svg></svg></span>",
        ),
        (
            &chinese,
            "HEADLINE<span class=nowrap>SECTION<svg></svg></span>",
        ),
    ] {
        let whole = |(section, headline): &(&str, &str)| {
            let link = link
                .replace("SECTION", section)
                .replace("HEADLINE", headline);
            scofeed::text::plain::line(&link)
        };
        let expected: Vec<String> = stories.iter().map(whole).collect();
        assert_eq!(titles(&labelled(stories, link)), expected, "{link}");
    }
}

/// The headlines of a list page.
fn titles(body: &str) -> Vec<String> {
    let page = format!("<title>News - Volga Herald</title>{body}");
    let url = "https://volga.example/news";
    let recipe = Recipe::page(None, Expect::default()).unwrap();
    let parsed = read(&recipe, url, page.as_bytes()).unwrap();
    parsed.items.into_iter().map(|item| item.title).collect()
}

/// Older headlines and names in a card are no entries, though there are more
/// of them than of those.
#[test]
fn what_accompanies_an_entry_is_none() {
    let earlier = "<a href=/n/7DAY1>Earlier: what the sides agreed on in spring DAY</a>";
    let why = "<a href=/n/7DAY2>Why the plan of chapter DAY took so long</a>";
    let name = "Anna Orlova-Nikolskaya";
    let beside = [
        format!("<ul><li>{earlier}</li><li>{why}</li></ul>"),
        format!("<div class=more>{earlier}{why}</div>"),
        format!("<h4>{earlier}</h4><h4>{why}</h4>"),
        format!("<p>Read also: {earlier}</p>"),
        format!("<a href=/author/DAY-anna-orlova-n>{name}</a>"),
        format!("<p>By <a href='/author?id=7DAY'>{name}</a></p>"),
        format!("<p><a href=/people/7DAY>{name}</a></p>"),
    ];
    for headline in [
        "<h3><a href=LINK>HEADLINE</a></h3>",
        "<a href=LINK>HEADLINE</a>",
        "<p><a href=LINK>HEADLINE</a></p>",
        "<a href=LINK><img src=a.jpg><h4>HEADLINE</h4></a>",
    ] {
        for beside in &beside {
            let date = "<span>DAY.11.2026</span>";
            for entry in [
                format!("<div class=i>{headline}{date}{beside}</div>"),
                format!("<div class=i>{headline}{date}</div><div class=b>{beside}</div>"),
            ] {
                assert_eq!(built(&entry), daily("00:00:00"), "{entry}");
            }
            let undated = format!("<div class=i>{headline}{beside}</div>");
            // Nothing tells a paragraph from a paragraph.
            if !(headline.starts_with("<p>") && beside.starts_with("<p>Read")) {
                let found = built(&undated).into_iter().map(|(title, ..)| title);
                assert_eq!(found.collect::<Vec<_>>(), DAILY, "{undated}");
            }
        }
    }
}

/// A section of a front page is no entry with stories that it refers to,
/// though its first story is the only one with a date.
#[test]
fn the_stories_of_a_section_are_entries() {
    let story = |n: usize, k: usize| format!("<a href=/n/90{n}{k}>{} ({n}{k})</a>", DAILY[k]);
    let ways = |n: usize, title: &str, date: &str, many: usize| {
        let each = |tag: &str| {
            let stories = (1..=many).map(|k| format!("<{tag}>{}</{tag}>", story(n, k)));
            stories.collect::<String>()
        };
        let lead = story(n, 0);
        [
            format!(
                "<section>{title}<h3>{lead}</h3>{date}<ul>{}</ul></section>",
                each("li")
            ),
            format!(
                "<div>{title}<div><h3>{lead}</h3>{date}</div><ul>{}</ul></div>",
                each("li")
            ),
            format!(
                "{title}<div><h3>{lead}</h3>{date}</div><ul>{}</ul>",
                each("li")
            ),
            format!("<section>{title}<p>{lead}</p>{date}{}</section>", each("p")),
        ]
    };
    for many in [2, 4] {
        for dated in [false, true] {
            for way in 0..4 {
                let section = |n: usize| {
                    let date = format!("<span>2{n}.11.2026</span>");
                    let date = if dated { date.as_str() } else { "" };
                    let all = ways(n, &format!("<h2>World {n}</h2>"), date, many);
                    all[way].clone()
                };
                let page: String = (1..5).map(section).collect();
                let found = titles(&format!("<div>{page}</div>")).len();
                assert_eq!(found, 4 * (many + 1), "{dated}: {}", section(1));
            }
        }
    }
}

/// Who wrote it stands between a headline and its date, and is no headline.
#[test]
fn a_name_between_a_headline_and_its_date_leaves_them_together() {
    for between in [
        "<a href=/who/DAY>Anna Orlova-Nikolskaya</a>",
        "<a href=LINK>Read the whole of it</a>",
    ] {
        let entry =
            format!("<p class=h><a href=LINK>HEADLINE</a></p>{between}, <i>DAY.11.2026</i>");
        assert_eq!(built(&entry), daily("00:00:00"), "{entry}");
    }
}

/// What stands in each card and is the same in many of them is no title of a
/// section.
#[test]
fn older_headlines_below_a_card_with_its_section_are_no_entries() {
    for above in ["World", "DAY.11.2026, 10:05"] {
        let entry = format!(
            "<div class=i><p>{above}</p><h3><a href=LINK>HEADLINE</a></h3><span>DAY.11.2026</span>\
             <ul><li><a href=/n/7DAY1>Earlier: what the sides agreed on in spring DAY</a></li></ul></div>"
        );
        let found = built(&entry).into_iter().map(|(title, ..)| title);
        assert_eq!(found.collect::<Vec<_>>(), DAILY, "{above}");
    }
}

/// Sections that are called as what leads to persons or to topics.
#[test]
fn an_address_alone_makes_no_headline_a_section() {
    let chinese = [
        "各成员国铁路部门就统一运价达成一致",
        "高原口岸货运量连续三个月创新高",
        "四十国客商参加秋季贸易博览会",
        "山区小学迎来首批双语课本",
        "跨境输电线路全线贯通",
        "边境城市举办青年音乐周",
    ];
    let russian = [
        "Кто стал новым послом союза",
        "Названы победители конкурса журналистов",
        "Умер известный дипломат",
        "Новый глава ведомства назначен",
        "Посол рассказал о визите",
        "Делегация прибыла на форум",
    ];
    for (stories, one, other) in [
        (chinese, "/news/20261100N.html", "/topic/20261100N.html"),
        (chinese, "/?x=news&id=100N", "/?section=news&id=100N"),
        (chinese, "/?id=100N", "/?topic=100N.0"),
        (russian, "/politics/2000N-x", "/people/2000N-x"),
        (russian, "/politics/2000N", "/experts/2000N"),
    ] {
        let entry = |(n, headline): (usize, &&str)| {
            let address = if n % 2 == 0 { one } else { other };
            let address = address.replace('N', &n.to_string());
            format!("<li><a href=\"{address}\">{headline}</a><em>2026-11-1{n}</em></li>")
        };
        let entries: String = stories.iter().enumerate().map(entry).collect();
        assert_eq!(titles(&format!("<ul>{entries}</ul>")), stories, "{other}");
    }
}

/// A carousel writes its slides again and again, so that it can turn.
#[test]
fn a_story_that_is_repeated_is_an_entry() {
    let slide = |n: usize| format!("<div class=s><a href=/n/900{n}>{}</a></div>", STORIES[n]);
    let slides: String = (0..4).map(slide).collect();
    let others: String = (4..8).map(slide).collect();
    let page = format!("<div>{}{others}</div>", slides.repeat(3));
    assert_eq!(titles(&page), STORIES);
}

/// The story on top stands otherwise than the list, and often has no date.
#[test]
fn the_story_on_top_is_an_entry() {
    let hero = "A summit of ten states opens in Bishkek";
    let top = [
        format!("<div class=hero><a href=/n/9100><img src=a.jpg><h1>{hero}</h1></a></div>"),
        format!("<section><h2><a href=/n/9100>{hero}</a></h2><p>Talks begin.</p></section>"),
        format!("<div><a href=/n/9100><div class=big__title>{hero}</div></a></div>"),
    ];
    let entries = |many: usize, build: &str| -> String {
        let built = |(n, headline): (usize, &&str)| {
            let entry = build.replace("HEADLINE", headline);
            entry.replace('N', &n.to_string())
        };
        DAILY.iter().take(many).enumerate().map(built).collect()
    };
    let check = |page: &str, many: usize| {
        let mut found = titles(page);
        found.sort();
        let mut expected = [&[hero], &DAILY[..many]].concat();
        expected.sort_unstable();
        assert_eq!(found, expected, "{page}");
    };
    for many in [2, DAILY.len()] {
        for top in &top {
            let build = "<div class=i><h3><a href=/n/900N>HEADLINE</a></h3>\
                         <span>1N.11.2026</span></div>";
            let page = format!("{top}<div class=list>{}</div>", entries(many, build));
            check(&page, many);
        }
    }
    // Neither a heading nor a long number tells it, but its address does.
    for address in ["/n/2N", "/2026/11/1N/storyN"] {
        let build = "<div class=i><a href=ADDRESS>HEADLINE</a><i>1N.11.2026</i></div>";
        let build = build.replace("ADDRESS", address);
        let top = build.replace("HEADLINE", hero).replace('N', "9");
        let list = entries(DAILY.len(), &build);
        check(&format!("<div>{top}</div><div>{list}</div>"), DAILY.len());
    }
    // Of the day of the oldest, by its address.
    let build = "<div class=i><a href=/2026/11/1N/n>HEADLINE</a><i>1N.11.2026 14:05</i></div>";
    let top = format!("<div><a href=/2026/11/10/top><img src=a.jpg><h1>{hero}</h1></a></div>");
    let list = entries(DAILY.len(), build);
    check(&format!("{top}<div>{list}</div>"), DAILY.len());
}

/// A box of old stories or of events beside the list is built much like it.
#[test]
fn what_is_of_another_time_is_no_entry() {
    let entry = |class: &str, address: &str, date: &str, headline: &str| {
        format!("<div class={class}><a href=/{address}>{headline}</a> {date}</div>")
    };
    let list = DAILY.iter().enumerate().map(|(n, headline)| {
        let date = format!("<i>1{n}.11.2026</i>");
        entry("i", &format!("2026/11/1{n}/4800{n}"), &date, headline)
    });
    let list: String = list.collect();
    let beside = |date: &str, address: &str| {
        let old = (1..4).map(|n| {
            let address = address.replace('N', &n.to_string());
            let headline = format!("What was told of the road {n} once");
            entry("b", &address, date, &headline)
        });
        old.collect::<String>()
    };
    for other in [
        beside("", "2026/09/0N/4100N"),
        beside("<i>12.12.2026</i>", "2026/12/12/4200N"),
    ] {
        let page = format!("<div><div>{list}</div><div>{other}</div></div>");
        assert_eq!(titles(&page), DAILY, "{other}");
    }
    // Newer ones are news.
    let other = beside("", "2026/11/19/4300N");
    let page = format!("<div><div>{list}</div><div>{other}</div></div>");
    assert_eq!(titles(&page).len(), DAILY.len() + 3);
}

#[test]
fn an_entry_without_a_link_leads_where_a_click_on_it_does() {
    for entry in [
        "<div class=i onclick=\"location.href='LINK'\"><h4>HEADLINE</h4><span>DAY.11.2026</span></div>",
        "<div class=i onclick='window.open(\"LINK\", \"_self\")'><b>HEADLINE</b><i>DAY.11.2026</i></div>",
        "<li data-href=LINK><p class=tit>HEADLINE</p><span>DAY.11.2026</span></li>",
        "<li><a href='javascript:;' data-url=LINK>HEADLINE</a><span>DAY.11.2026</span></li>",
        "<li><a href=\"javascript:openNews('LINK')\">HEADLINE</a><span>DAY.11.2026</span></li>",
        "<li><a href=# onclick=\"location='LINK'; return false\">HEADLINE</a> DAY.11.2026</li>",
        "<div class=i><a href=LINK aria-label='HEADLINE'></a><p>DAY.11.2026</p></div>",
        // A link inside is surer.
        "<div class=i data-href=/other><h4><a href=LINK>HEADLINE</a></h4><i>DAY.11.2026</i></div>",
        "<article><div data-link='/ajax/load?id=DAY'><h3><a href=LINK>HEADLINE</a></h3>\
         <i>DAY.11.2026</i></div></article>",
        "<article><div onclick=\"openNews('/ajax/load?id=DAY')\"><h3><a href=LINK>HEADLINE</a></h3>\
         <i>DAY.11.2026</i></div></article>",
    ] {
        assert_eq!(built(entry), daily("00:00:00"), "{entry}");
    }
}

/// A page that scripts fill often brings its list along.
#[test]
fn a_list_in_a_script_is_read_where_the_page_has_none() {
    let story = |(n, headline): (usize, &&str)| {
        format!(
            r#"{{"id": {n}, "title": "{headline}", "url": "/n/900{n}",
                "publishedAt": "2026-11-1{n}T00:00:00Z"}}"#
        )
    };
    let stories: Vec<String> = DAILY.iter().enumerate().map(story).collect();
    let state = format!(
        r#"{{"props": {{"menu": [{{"title": "Politics and law", "url": "/politics"}},
            {{"title": "Economy and trade", "url": "/economy"}}],
            "pageProps": {{"articles": [{}]}}}}}}"#,
        stories.join(",")
    );
    let paths = state.replace("\"url\"", "\"slug\"");
    for script in [
        format!("<script id=__NEXT_DATA__ type=application/json>{state}</script>"),
        format!("<script id=__NEXT_DATA__ type=application/json>{paths}</script>"),
        format!("<script>window.__STATE__ = {state};</script>"),
    ] {
        let page = format!("<title>News</title><div id=root>Loading</div>{script}");
        let recipe = Recipe::page(None, Expect::default()).unwrap();
        let parsed = read(&recipe, "https://volga.example/news", page.as_bytes()).unwrap();
        assert_eq!(parsed.format, "list page (likely keys)", "{script}");
        let found = parsed.items.into_iter().map(|item| {
            let stated = item.stated.unwrap().to_string();
            (item.title, item.link.unwrap().to_string(), stated)
        });
        assert_eq!(found.collect::<Vec<_>>(), daily("00:00:00"), "{script}");
    }
}

/// JSON as publishers break it: a comma too many, a line break in a string, a
/// quote that nobody escaped, a comment, a cut end.
#[test]
fn what_a_page_tells_machines_in_broken_json_is_read() {
    let list = r#"{"@context": "https://schema.org", "@type": "ItemList", "itemListElement": [
        {"@type": "NewsArticle", "headline": "Harbour of the free port opens to ships", "url": "/n/9000", "datePublished": "2026-11-10"},
        {"@type": "NewsArticle", "headline": "Parliament passes the 2027 budget at night", "url": "/n/9001", "datePublished": "2026-11-11"},
        {"@type": "NewsArticle", "headline": "Museum of the steppe opens its new wing", "url": "/n/9002", "datePublished": "2026-11-12"}]}"#;
    let quoted = list.replace("free port", "\"free\" port");
    for (broken, first) in [
        (list.replace("}]}", "},]}"), DAILY[0]),
        (list.replace("Harbour of", "Harbour\nof"), DAILY[0]),
        (
            list.replace("{\"@context\"", "/* list */ {\"@context\""),
            DAILY[0],
        ),
        (
            list.replace(
                "\"@type\": \"ItemList\"",
                "\"@type\": \"ItemList\" // all\n",
            ),
            DAILY[0],
        ),
        (list.replace("}]}", "}]"), DAILY[0]),
        (quoted, "Harbour of the \"free\" port opens to ships"),
    ] {
        let page = format!(
            "<title>News</title><script type='application/ld+json'>{broken}</script><p>News"
        );
        let recipe = Recipe::page(None, Expect::default()).unwrap();
        let parsed = read(&recipe, "https://volga.example/news", page.as_bytes()).unwrap();
        assert_eq!(parsed.format, "list page (JSON-LD)", "{broken}");
        let found: Vec<&str> = parsed
            .items
            .iter()
            .map(|item| item.title.as_str())
            .collect();
        assert_eq!(found, [first, DAILY[1], DAILY[2]], "{broken}");
        let stated: Vec<_> = parsed.items.iter().filter_map(|item| item.stated).collect();
        assert_eq!(stated.len(), 3, "{broken}");
    }
}

/// Who wrote it, or what was done with it, stands before many a date.
#[test]
fn a_name_before_a_date_leaves_it_the_date_of_the_entry() {
    for said in [
        "Maria on",
        "By Maria on",
        "admin on",
        "Filed on",
        "News from",
        "Aired on",
    ] {
        let entry = format!(
            "<div class=i><h3><a href=LINK>HEADLINE</a></h3><p>{said} November DAY, 2026</p></div>"
        );
        assert_eq!(built(&entry), daily("00:00:00"), "{said}");
    }
}

/// Lists whose dates stand beside their entries, in pages of many texts.
#[test]
fn dates_beside_entries_are_theirs_however_many_texts_a_page_has() {
    let day = |n: usize| {
        format!(
            "{} {} 2025",
            1 + n % 28,
            ["May", "June", "July"][n / 28 % 3]
        )
    };
    let wrong = |page: &str| {
        let recipe = Recipe::page(None, Expect::default()).unwrap();
        let parsed = read(&recipe, "https://volga.example/news", page.as_bytes()).unwrap();
        let is_wrong = |item: &&scofeed::model::Item| {
            let link = item.link.as_ref().unwrap().to_string();
            let n = link.rsplit('/').next().unwrap().parse::<usize>();
            let stated = item.stated.unwrap().strftime("%-d %B %Y").to_string();
            n.is_err() || n.is_ok_and(|n| stated != day(n - 10_000))
        };
        let wrong = parsed.items.iter().filter(is_wrong).count();
        (parsed.items.len(), wrong)
    };
    let rows = (0..900).map(|n| {
        let headline = DAILY[n % 5];
        let day = day(n);
        format!(
            "<p class=h><a href=/n/{}>{headline} {n}</a></p>\n<span>{day}</span>\n",
            10_000 + n
        )
    });
    let page = format!("<div>{}</div>", rows.collect::<String>());
    assert_eq!(wrong(&page), (500, 0));

    let offers = |name: &str| {
        let offer = |n: usize| {
            let (one, other) = (DAILY[n % 5], DAILY[(n + 2) % 5]);
            format!("<div><a href=/offers/{name}{n}>{one}, and also {other} ({n})</a></div>")
        };
        (0..15).map(offer).collect::<String>()
    };
    let menu = "<div>\n<span>word</span>\n</div>".repeat(700);
    let list = (0..30).map(|n| {
        let headline = DAILY[n % 5];
        format!(
            "<dt>{}</dt>\n<dd><a href=/n/{}>{headline} {n}</a></dd>\n",
            day(n),
            10_000 + n
        )
    });
    let list: String = list.collect();
    let page = format!(
        "{}<div>{menu}</div>{}<dl>{list}</dl>",
        offers("a"),
        offers("b")
    );
    assert_eq!(wrong(&page), (30, 0));

    // A page of pictures, with as many lists as are looked at closely.
    let boxes = "<div><p><img src=a></p><p><img src=b></p></div>".repeat(2_400);
    let lists = |half: usize| {
        let list = |k: usize| {
            let offers = offers(&format!("{k}{half}"));
            format!(
                "<div class=w{}>{offers}</div>",
                ["a", "b", "c", "d", "e", "f", "g", "h"][k]
            )
        };
        (0..8).map(list).collect::<String>()
    };
    let page = format!("{}<div>{boxes}</div>{}<dl>{list}</dl>", lists(0), lists(1));
    assert_eq!(wrong(&page), (30, 0));
}

/// A date stands alone; leads name days, too.
#[test]
fn prose_does_not_date_an_entry() {
    for lead in [
        "<p>It was closed on 3 March 2025, say officials.</p>",
        "<p>Losses may reach 12 billion, or <b>March 12</b> may be late for it all.</p>",
        "<p>The <b>March 12 states</b> said so.</p>",
        "<p>Built on 3 March 2025</p>",
        "<p>Opens on 3 March 2025</p>",
        "<p>Valid from 3 March 2025</p>",
        "<p>Open until 3 March 2025</p>",
        "<span>Closed since March 2025</span>",
        "<p>2 часа назад начался пожар</p>",
    ] {
        for date in [
            "<span>DAY.11.2026</span>",
            "<div class=text-gray>DAY ноября 2026</div>",
            "<footer>DAY.11.2026</footer>",
            "<div><b>DAY</b> Nov 2026</div>",
            "<div><b>DAY</b><i>ноября 2026</i></div>",
        ] {
            let entry =
                format!("<div class=i><h3><a href=LINK>HEADLINE</a></h3>{lead}{date}</div>");
            assert_eq!(built(&entry), daily("00:00:00"), "{entry}");
        }
        let entry = format!("<div class=i><h3><a href=LINK>HEADLINE</a></h3>{lead}</div>");
        for (headline, _, stated) in built(&entry) {
            assert_eq!(stated, "", "{headline}: {entry}");
        }
    }
}

#[test]
fn a_day_in_one_headline_of_a_list_stays_there() {
    let page = "<div><a href=/n/9001>9 May 2026 will be a day of silence</a><i>19.11.2026</i></div>\
        <div><a href=/n/9002>Grain exports rise for a third month</a><i>18.11.2026</i></div>\
        <div><a href=/n/9003>Museum of the steppe opens a wing</a><i>17.11.2026</i></div>";
    let parsed = read(
        &Recipe::any(),
        "https://volga.example/news",
        page.as_bytes(),
    )
    .unwrap();
    let first = &parsed.items[0];
    assert_eq!(first.title, "9 May 2026 will be a day of silence");
    assert_eq!(first.stated, "2026-11-19T00:00:00Z".parse().ok());
}

/// Days that headlines speak of stay in them, however many of a list do, where
/// the entries tell their own.
#[test]
fn days_that_headlines_speak_of_stay_there() {
    let stories = [
        "Daily digest of the port, November 18",
        "Daily digest of the port, November 17",
        "Grain exports rise for a third month",
        "Weekly review of the steppe, November 9",
    ];
    let entry = |(n, story): (usize, &&str)| {
        format!(
            "<div class=i><a href=/n/900{n}>{story}</a><i>{}.11.2026</i></div>",
            20 - n
        )
    };
    let entries: String = stories.iter().enumerate().map(entry).collect();
    assert_eq!(titles(&entries), stories);
}

/// Columns and think tanks have such.
#[test]
fn a_short_heading_is_a_headline() {
    let stories = [
        ("Dry Winter", "snow"),
        ("Salt", "sea"),
        ("The Pass", "road"),
    ];
    for entry in [
        "<div class=c><h3><a href=LINK>HEADLINE</a></h3><i>DAY.11.2026</i><p>LEAD</p>\
         <a class=more href=LINK>Read more</a></div>",
        "<div class=c><h2><a href=LINK>HEADLINE</a></h2><p class=meta>Nov DAY, 2026</p><p>LEAD</p></div>",
    ] {
        let entries = stories.iter().enumerate().map(|(n, (headline, word))| {
            let lead = format!("What is left of the {word} is seen by those who walk there.");
            let entry = entry.replace("HEADLINE", headline).replace("LEAD", &lead);
            entry
                .replace("LINK", &format!("/n/900{n}"))
                .replace("DAY", &format!("1{n}"))
        });
        let page = format!(
            "<title>Columns</title><body>{}",
            entries.collect::<String>()
        );
        let parsed = read(
            &Recipe::any(),
            "https://volga.example/columns",
            page.as_bytes(),
        )
        .unwrap();
        for (item, (headline, word)) in parsed.items.iter().zip(stories) {
            assert_eq!(item.title, headline, "{entry}");
            assert!(item.lead.contains(word), "{entry}: {}", item.lead);
        }
        assert_eq!(parsed.items.len(), stories.len(), "{entry}");
    }
}

/// Its first sentence may be the headline with more in it, and what stands over
/// a headline is none of it.
#[test]
fn a_lead_may_begin_with_the_words_of_its_headline() {
    let told = "All of it was seen by the mayor of the town on Friday.";
    for (entry, begins_alike) in [
        (
            "<div class=i><h3><a href=LINK>HEADLINE</a></h3><p>LEAD</p></div>",
            true,
        ),
        (
            "<div class=i><p>Publication: Volga Herald Volume: 23 Issue: 14DAY</p>\
             <h3><a href=LINK>HEADLINE</a></h3><p>LEAD</p></div>",
            true,
        ),
        (
            "<div class=i><i>DAY.11.2026 10:05</i><a href=LINK>HEADLINE</a><span>LEAD</span></div>",
            false,
        ),
        (
            "<div class=i><i>DAY.11.2026</i><h4><a href=LINK>HEADLINE</a></h4>\
             <div>LEAD<span>views 120DAY</span></div></div>",
            false,
        ),
    ] {
        let lead = |n: usize, headline: &str| {
            if begins_alike {
                format!("{headline}, and no day too early. {told}")
            } else {
                format!("No {n} days too early. {told}")
            }
        };
        let entries = DAILY.iter().enumerate().map(|(n, headline)| {
            let entry = entry.replace("LEAD", &lead(n, headline));
            let entry = entry
                .replace("HEADLINE", headline)
                .replace("DAY", &format!("1{n}"));
            entry.replace("LINK", &format!("/n/900{n}"))
        });
        let page = format!("<title>Volga Herald</title>{}", entries.collect::<String>());
        let parsed = read(&Recipe::any(), "https://volga.example/", page.as_bytes()).unwrap();
        let leads: Vec<String> = parsed.items.into_iter().map(|item| item.lead).collect();
        let expected = DAILY.iter().enumerate();
        let expected: Vec<String> = expected.map(|(n, headline)| lead(n, headline)).collect();
        assert_eq!(leads, expected, "{entry}");
    }
    let headline = DAILY[0];
    let first = format!("On Friday the {headline}, said the mayor of the town to the people.");
    let page = format!(
        "<title>x</title><article><h1>{headline}</h1><p>{first}</p><p>The second paragraph of it \
         speaks of the ships that will come there in the next spring.</p></article>"
    );
    let head = head("https://volga.example/n/1");
    let article = parse::article(&Recipe::feed(), &head, page.as_bytes(), now()).unwrap();
    assert_eq!(article.lead, first);
}

/// A text in one of several article elements whose headings lead to stories is
/// that of an entry.
#[test]
fn entries_in_article_elements_are_a_list() {
    let entry = |(n, headline): (usize, &&str)| {
        let class = if n == 0 { "leading-0" } else { "item" };
        format!(
            "<div class={class} itemprop=blogPost itemscope \
             itemtype='https://schema.org/BlogPosting'><h2><a href=/n/900{n}>{headline}</a></h2>\
             <dl><dd>Author: Anna Orlova</dd><dd><time datetime=2026-11-1{n} \
             itemprop=datePublished>1{n} November</time></dd></dl><p>Officials said that it will \
             be {n} months before all of it is done, and no day less than that.</p></div>"
        )
    };
    let entries: String = DAILY[..3].iter().enumerate().map(entry).collect();
    let page = format!("<title>News</title><body><div class=blog>{entries}</div>");
    let parsed = read(
        &Recipe::any(),
        "https://volga.example/news",
        page.as_bytes(),
    )
    .unwrap();
    let titles: Vec<&str> = parsed
        .items
        .iter()
        .map(|item| item.title.as_str())
        .collect();
    assert_eq!(titles, DAILY[..3]);
}

/// An article in which others are linked is none of several.
#[test]
fn an_article_with_linked_headings_is_one() {
    let text = "Officials said on Thursday that the harbour will be open to ships of all flags from \
                the first day of December, after two years of work on its two moles.";
    let page = format!(
        "<title>{0}</title><meta property=og:type content=article><article><h1>{0}</h1><p>{text}</p>\
         <p>{text}</p><h3><a href=/n/2>{1}</a></h3></article><article><h3><a href=/n/3>{2}</a></h3>\
         </article><article><h3><a href=/n/4>{3}</a></h3></article>",
        DAILY[0], DAILY[1], DAILY[2], DAILY[3]
    );
    let parsed = read(&Recipe::any(), "https://volga.example/n/1", page.as_bytes()).unwrap();
    assert_eq!(parsed.format, "article page");
    assert_eq!(parsed.items[0].title, DAILY[0]);
}

/// Each message of a channel names the channel, and leads to itself by its hour.
#[test]
fn the_messages_of_a_channel_are_entries() {
    let message = |(n, headline): (usize, &&str)| {
        format!(
            "<div class=wrap><div class=bubble><div class=message_author><a class=owner \
             href=/steppe_herald><span>The Steppe Herald of Kochkor</span></a></div>\
             <div class=message_text>{headline}<br><br>It was said by those who saw it there.</div>\
             <span class=meta><a class=message_date href=/steppe_herald/5{n}>\
             <time datetime=2026-11-1{n}T10:05:00+00:00 class=time>10:05</time></a></span></div></div>"
        )
    };
    let messages: String = DAILY.iter().enumerate().map(message).collect();
    let page = format!("<title>The Steppe Herald</title><body><main>{messages}</main>");
    let url = "https://messages.example/s/steppe_herald";
    let parsed = read(&Recipe::any(), url, page.as_bytes()).unwrap();
    let found = parsed.items.into_iter().map(|item| {
        let stated = item.stated.unwrap().to_string();
        (item.title, item.link.unwrap().to_string(), stated)
    });
    let expected = DAILY.iter().enumerate().map(|(n, headline)| {
        (
            (*headline).to_owned(),
            format!("https://messages.example/steppe_herald/5{n}"),
            format!("2026-11-1{n}T10:05:00Z"),
        )
    });
    assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

/// Clocks above the first day are of today, if that is a later one.
#[test]
fn what_stands_above_the_first_day_is_of_today() {
    let row = |(n, headline): (usize, &&str)| {
        format!(
            "<tr><td>0{}:05</td><td><a href=/n/900{n}>{headline}</a></td></tr>",
            8 - n
        )
    };
    let rows: Vec<String> = STORIES.iter().enumerate().map(row).collect();
    let now = now();
    let yesterday = now
        .checked_sub(jiff::SignedDuration::from_hours(24))
        .unwrap();
    let (today, yesterday) = (now.to_string(), yesterday.to_string());
    let day = &yesterday[..10];
    let page = format!(
        "<title>News</title><table>{}<tr><td colspan=2>{day}</td></tr>{}</table>",
        rows[..3].concat(),
        rows[3..].concat()
    );
    let parsed = read(
        &Recipe::any(),
        "https://volga.example/news",
        page.as_bytes(),
    )
    .unwrap();
    let days: Vec<String> = parsed
        .items
        .iter()
        .map(|item| item.stated.unwrap().to_string()[..10].to_owned())
        .collect();
    let expected = STORIES.iter().enumerate();
    let expected = expected.map(|(n, _)| if n < 3 { &today[..10] } else { day });
    assert_eq!(days, expected.collect::<Vec<_>>());
}

/// As pages were written before there were classes.
#[test]
fn a_headline_in_large_letters_is_one() {
    let page = "<title>Embassy :: News</title><table><tr><td><a href=/>Home</a></td><td>\
        <font size=1>20.11.2026</font><br><font size=4><b>Ambassador takes part in an evening of \
        poems</b></font><br><br><div align=justify>Poems of nine states were read in the house of \
        friends on Friday, and the ambassador read one of his own. All who came were given tea and \
        a book, which the library had printed for the day.</div></td></tr></table>";
    let parsed = read(&Recipe::any(), "https://volga.example/n/1", page.as_bytes()).unwrap();
    let titles: Vec<&str> = parsed
        .items
        .iter()
        .map(|item| item.title.as_str())
        .collect();
    assert_eq!(titles, ["Ambassador takes part in an evening of poems"]);
}

/// What `try` does where nothing is configured: it tells a list from an
/// article.
#[test]
fn an_unknown_page_is_read_as_what_it_is() {
    for (name, page, expected) in pages::<List>("lists") {
        let parsed = read(&Recipe::any(), &expected.url, &page).unwrap();
        assert_eq!(parsed.format, expected.format, "{name}");
    }
    for (name, page, expected) in pages::<Article>("articles") {
        let recipe = Recipe::any().zone(zone(expected.zone.as_deref()));
        let parsed = read(&recipe, &expected.url, &page).unwrap();
        assert_eq!(parsed.format, "article page", "{name}");
        let [item] = parsed.items.as_slice() else {
            panic!("{name}: {} items", parsed.items.len());
        };
        assert_eq!(item.title, expected.title, "{name}");
        assert_eq!(item.stated, Some(expected.published), "{name}");
        assert_eq!(item.lead, expected.lead, "{name}");
    }
}

/// H-43: what stands in place of a page yields nothing, however it is read.
#[test]
fn portals_and_parked_domains_are_neither_list_nor_article() {
    let (mut seen, mut told) = (0, 0);
    for entry in fs::read_dir(folder("neither")).unwrap() {
        let path = entry.unwrap().path();
        let page = fs::read(&path).unwrap();
        let any = read(&Recipe::any(), "https://steppe.example/feed", &page);
        assert!(
            matches!(any, Err(Failure::NotAFeed(_))),
            "{path:?}: {any:?}"
        );
        let feed = read(&Recipe::feed(), "https://steppe.example/feed", &page);
        assert!(
            matches!(feed, Err(Failure::NotAFeed(_))),
            "{path:?}: {feed:?}"
        );
        let recipe = Recipe::page(None, Expect::default()).unwrap();
        match read(&recipe, "https://steppe.example/list", &page) {
            Ok(list) => {
                assert_eq!(list.items, [], "{path:?}");
                assert!(list.breach.is_some(), "{path:?}");
            }
            Err(failure) => {
                assert!(matches!(failure, Failure::NoList(_)), "{path:?}: {failure}");
                told += 1;
            }
        }
        seen += 1;
    }
    assert!(seen >= 4 && told >= 3);
}

/// Hostile pages cost no more than their size (H-35, H-36): whatever way of
/// reading they take, they come to an end.
#[test]
fn hostile_pages_are_read_in_bounded_work() {
    let repeated = |text: &str| text.repeat(60_000 / text.len());
    for page in [
        repeated("<div class=time>"),
        repeated("<div class=lead><div class=title>x"),
        repeated("<a href=/1>"),
        repeated("<a class=title href=/12345><i>"),
        repeated("<article><a href=/2>SCO summit opens today"),
        repeated("<p>20.11.2026 a paragraph of some length, to be weighed"),
        repeated("<table><td>"),
        // Each of these was one tag to html5ever and two to our tokenizer, or
        // a headline of 256 headings.
        repeated("<h3><a href= src=\"fm\">"),
        repeated("<div class=\"tit\"><a href=\"htt\"item\">"),
        repeated("<div clавная</a></div>"),
        repeated("<header><h1><a href=/x>"),
        repeated("<h1><div><h2></h1>"),
        repeated("t<"),
        // All in a title is text: its tags are none.
        repeated("<title>a</title><item><title>b><title>c</title>"),
        // Texts and a link that took the square of their length.
        format!("<p>{}", repeated("x &#x: ")),
        repeated("&ysis "),
        format!(
            "<a href=\"/{}\">A headline of some length</a>",
            repeated("a.")
        ),
        format!(
            "<script type='application/ld+json'>{}",
            repeated("[{\"@graph\":")
        ),
        format!("<h1>Title</h1><p {}>x", repeated("a=1 ")),
        format!(
            "<script type='application/ld+json' {}>{{}}</script><h1>Title</h1>",
            (0..9_000).fold(String::new(), |all, n| all + &format!("a{n} "))
        ),
        format!(
            "<meta property=og:title content='{0}'><meta name=description content='{0} x'>",
            "ﬃ".repeat(3_900)
        ),
        format!(
            "<ul>{}",
            repeated("<li><a href=/news/4711-a-b-c-d>A headline of some length</a>")
        ),
    ] {
        for recipe in [
            Recipe::any(),
            Recipe::page(None, Expect::default()).unwrap(),
        ] {
            drop(read(&recipe, "https://hostile.example/", page.as_bytes()));
        }
        let recipe = Recipe::feed();
        let head = head("https://hostile.example/");
        drop(parse::article(&recipe, &head, page.as_bytes(), now()));
    }
}

/// The headlines of a list page, each of whose entries is built so.
fn titles_of(stories: &[(&str, &str)], entry: &str) -> Vec<String> {
    let entries = stories.iter().enumerate().map(|(n, (label, headline))| {
        let entry = entry.replace("LABEL", label).replace("HEADLINE", headline);
        let (first, second) = headline.split_once('~').unwrap_or((headline, ""));
        let entry = entry.replace("FIRST", first).replace("SECOND", second);
        entry
            .replace("LINK", &format!("/n/900{n}"))
            .replace("DAY", &format!("1{n}"))
    });
    titles(&format!(
        "<div class=list>{}</div>",
        entries.collect::<String>()
    ))
}

/// Links of cards, whose section has as many words as a short headline.
#[test]
fn the_headline_of_a_link_is_told_from_the_section_above_it() {
    let sections = [
        (
            "Trade and transport",
            "A second harbour opens to ships on the gulf",
        ),
        (
            "Law and order",
            "Parliament passes the 2027 budget after a long night",
        ),
        (
            "Arts in the steppe",
            "Museum shows what was found under the old dam",
        ),
        (
            "Trade and transport",
            "«Grain train» is late for a third month running",
        ),
        (
            "Energy of the north",
            "Power plant returns to service after repairs",
        ),
        (
            "Life in the valley",
            "Я вернусь, говорит строитель моста через реку",
        ),
    ];
    let alike = sections.map(|(_, headline)| ("Trade and transport", headline));
    let words = sections.map(|(section, headline)| (section.split(' ').next().unwrap(), headline));
    let names = sections.map(|(_, headline)| ("Konstantin Konstantinopolsky-Orlov", headline));
    let expected = sections.map(|(_, headline)| headline);
    for stories in [sections, alike, words, names] {
        for entry in [
            "<a href=LINK><div class=c-1>LABEL</div><div class=c-2>HEADLINE</div></a>",
            "<a href=LINK><span class=c-1>LABEL</span><span class=c-2>HEADLINE</span></a>",
            "<a href=LINK>\n <span>LABEL</span>\n <span>HEADLINE</span>\n</a>",
            "<a href=LINK><span class=small>LABEL</span><p class=large>HEADLINE</p></a>",
            "<a href=LINK><span>LABEL</span><strong>HEADLINE</strong><i>DAY.11.2026</i></a>",
            "<li><a href=LINK><div class=card__tag>LABEL</div><div class=card__text>HEADLINE</div>\
             </a></li>",
            "<a href=LINK title='HEADLINE'><div>LABEL</div><div>HEADLINE</div></a>",
            "<a href=LINK><img src=a.jpg alt='HEADLINE'><div>LABEL</div><div>HEADLINE</div></a>",
            "<a href=LINK><div>LABEL</div><div>HEADLINE</div><div>It was told at a meeting of \
             those who know the matter well, and who will meet again on the DAYth.</div></a>",
            "<a href=LINK><div>HEADLINE</div><div>LABEL</div></a>",
        ] {
            assert_eq!(
                titles_of(&stories, entry),
                expected,
                "{}: {entry}",
                stories[1].0
            );
        }
    }
    // So is that of the story on top.
    let list = sections.iter().enumerate().map(|(n, (section, headline))| {
        format!("<div class=i><a href=/n/900{n}><b>{section}</b><p>{headline}</p></a></div>")
    });
    let hero = "A summit of ten states opens in Bishkek";
    let top = format!("<div class=top><a href=/n/9100><p>Law and order</p><p>{hero}</p></a></div>");
    let found = titles(&format!("{top}<div>{}</div>", list.collect::<String>()));
    assert_eq!(found.len(), expected.len() + 1);
    assert!(found.iter().any(|title| title == hero), "{found:?}");
    // Some entries have none.
    let some = [3, 1, 4, 5, 2, 0].map(|n| (if n % 2 == 0 { "" } else { "Video" }, sections[n].1));
    let entry = "<a href=LINK><span>LABEL</span><span>HEADLINE</span></a>";
    assert_eq!(titles_of(&some, entry), some.map(|(_, headline)| headline));
}

/// A headline may be shorter than the section above it, and Chinese has no
/// capitals that would tell where it begins.
#[test]
fn a_section_that_comes_again_is_no_headline() {
    let short = [
        "Rail link",
        "Flood",
        "Water of the old dam is clean again",
        "Bank opens",
        "New mayor of the town is sworn in",
        "Grain exports rise for a third month",
        "Museum opens a wing for its ships",
    ];
    let wide = [
        "铁路开通",
        "沿江大桥今日合龙通车",
        "高原口岸货运量连续创新高",
        "银行开业",
        "山区小学迎来首批双语课本",
        "粮食丰收",
        "秋季贸易博览会闭幕",
    ];
    for (label, headlines) in [("Trade and transport of goods", short), ("国际", wide)] {
        let stories = headlines.map(|headline| (label, headline));
        for entry in [
            "<a href=LINK><span class=c-1>LABEL</span><span class=c-2>HEADLINE</span></a><i>DAY.11.2026</i>",
            "<div class=i><a href=LINK><span>LABEL</span><span>HEADLINE</span></a><i>DAY.11.2026</i></div>",
            "<div class=i><a href=LINK><p>LABEL</p><p>HEADLINE</p></a><i>DAY.11.2026</i></div>",
        ] {
            assert_eq!(titles_of(&stories, entry), headlines, "{label}: {entry}");
        }
    }
}

/// What a headline is written in does not end it: lines of the source, breaks,
/// paragraphs.
#[test]
fn a_headline_that_goes_on_is_whole() {
    let halves = [
        "The second harbour~of the free port opens to ships",
        "Parliament at night:~budget of 2027 passes",
        "Museum~of the steppe opens its new wing",
        "Grain exports rise —~for a third month running",
    ];
    let wide = [
        "高原口岸货运量~连续三个月创新高",
        "“丝路”~铁路部门就运价达成一致",
        "山区小学~迎来首批双语课本",
        "四十国客商参加~秋季贸易博览会",
    ];
    for entry in [
        "<li><a href=LINK>FIRST<br>SECOND</a><i>DAY.11.2026</i></li>",
        "<div class=i><h3><a href=LINK>FIRST<br/>\n SECOND</a></h3><i>DAY.11.2026</i></div>",
        "<div class=i><a href=LINK><h3>FIRST<br>SECOND</h3></a><i>DAY.11.2026</i></div>",
        "<div class=i><a href=LINK><p>News</p><p>FIRST<br>SECOND</p></a><i>DAY.11.2026</i></div>",
        "<li><a href=LINK title='FIRST SECOND'><b>FIRST</b><b>SECOND</b></a><i>DAY.11.2026</i></li>",
        "<li><a href=LINK>FIRST<br>SECOND<br>DAY.11.2026</a></li>",
    ] {
        for (halves, gap) in [(halves, " "), (wide, "")] {
            let stories = halves.map(|headline| ("", headline));
            let expected = halves.map(|headline| headline.replace('~', gap));
            assert_eq!(titles_of(&stories, entry), expected, "{entry}");
        }
    }
    for entry in [
        "<li><a href=LINK>FIRST\n   SECOND</a><i>DAY.11.2026</i></li>",
        "<li><a href=LINK><p>FIRST</p><p>SECOND</p></a><i>DAY.11.2026</i></li>",
    ] {
        let stories = halves.map(|headline| ("", headline));
        let expected = halves.map(|headline| headline.replace('~', " "));
        assert_eq!(titles_of(&stories, entry), expected, "{entry}");
    }
    // One of many is enough.
    let one = [DAILY[0], DAILY[1], halves[0], DAILY[2]].map(|headline| ("", headline));
    let expected = one.map(|(_, headline)| headline.replace('~', " "));
    let entry = "<li><a href=LINK>FIRST<br>SECOND</a><i>DAY.11.2026</i></li>";
    assert_eq!(titles_of(&one, &entry.replace("<br>", " ")), expected);
    assert_eq!(titles_of(&one, entry), expected);
}

/// What follows a break may be a lead, a date, or the headline of a section.
#[test]
fn a_break_parts_a_headline_from_what_is_none_of_it() {
    let stories = DAILY.map(|headline| ("Trade", headline));
    for entry in [
        "<li><a href=LINK>HEADLINE<br>DAY November 2026</a></li>",
        "<li><a href=LINK>HEADLINE<br>DAY.11.2026, Bishkek</a></li>",
        "<li><a href=LINK>HEADLINE<br>Officials did not tell their names, but say it is so. \
         </a><i>DAY.11.2026</i></li>",
        "<li><a href=LINK>HEADLINE<br><br>Of the DAY things told</a><i>DAY.11.2026</i></li>",
        "<li><a href=LINK>LABEL<br>HEADLINE</a><i>DAY.11.2026</i></li>",
    ] {
        assert_eq!(titles_of(&stories, entry), DAILY, "{entry}");
    }
}

/// Cards whose link is laid over them, or is their picture or an arrow.
#[test]
fn the_headline_of_a_card_stands_beside_a_link_without_text() {
    for entry in [
        "<div class=card><h5>HEADLINE</h5><p>DAY.11.2026</p><a href=LINK class=over></a></div>",
        "<div class=card><a href=LINK></a><div><h5>HEADLINE</h5><small>DAY.11.2026</small></div></div>",
        "<div class=card><a href=LINK><img src=a.jpg></a><h5>HEADLINE</h5><p>DAY.11.2026</p></div>",
        "<div class=card><a href=LINK><img src=a.jpg alt='A photo of DAY things and people'></a>\
         <h5>HEADLINE</h5><p>DAY.11.2026</p></div>",
        "<div class=card><b>HEADLINE</b><p>DAY.11.2026</p><a href=LINK><i class=arrow></i></a></div>",
        "<div class=card><h5>HEADLINE</h5><p>DAY.11.2026</p><a href=LINK>→</a></div>",
        "<div class=card><a href=LINK><img src=a.jpg alt='HEADLINE'></a><p>DAY.11.2026</p></div>",
        "<div class=card><a href=LINK><img src=a.jpg alt='A photo of things and people'></a>\
         <a href=LINK>HEADLINE</a><p>DAY.11.2026</p></div>",
    ] {
        assert_eq!(built(entry), daily("00:00:00"), "{entry}");
    }
    // Pictures of partners are no news.
    let partner =
        |n| format!("<li><a href=/p/{n}00{n}><img src=a alt='Ministry of works {n}'></a></li>");
    let page = format!(
        "<title>Partners</title><ul>{}</ul>",
        (1..9).map(partner).collect::<String>()
    );
    let parsed = read(&Recipe::any(), "https://volga.example/p", page.as_bytes());
    assert!(matches!(parsed, Err(Failure::NotAFeed(_))), "{parsed:?}");
}

/// A list page of these headlines, built in this way.
fn list(class: &str, headlines: &[&str]) -> Answer {
    let rows = headlines.iter().enumerate().map(|(n, headline)| {
        format!(
            "<div class=\"{class}\"><a href=\"/news/2026/{n}-report\">{headline}</a>\
             <i class=\"time\">2026-11-24 0{n}:00</i></div>"
        )
    });
    let rows: String = rows.collect();
    Answer::of(
        "text/html",
        format!(
            "<html><head><link rel=\"alternate\" type=\"application/rss+xml\" href=\"/rss.xml\"></head><body>{rows}</body></html>"
        ),
    )
}

const HEADLINES: [&str; 3] = [
    "SCO summit opens in Bishkek",
    "Rain in the valley all week",
    "SCO development bank gets its charter",
];

#[tokio::test]
async fn a_page_is_a_source_without_selectors_and_names_its_feed() {
    let mut site = Site::new().source("list", "page", list("entry", &HEADLINES));
    site.poll().await;
    assert_eq!(site.titles(), [HEADLINES[2], HEADLINES[0]]);
    let status = site.status("list");
    assert_eq!(status.state, SourceState::Fine);
    let reading = status.reading.unwrap();
    assert_eq!((reading.rung, reading.fallen), (Rung::RepeatedLinks, None));
    let feed = site.address("rss.xml");
    let advice = site.advice();
    assert!(
        advice.iter().any(|advice| advice.contains(&feed)),
        "{advice:?}"
    );
}

#[tokio::test]
async fn a_page_on_which_nothing_is_read_is_read_by_what_it_names() {
    let feed = rss([item("summit", HEADLINES[0])]);
    let sitemap = format!(
        "<urlset><url><loc>/news/2026/1-bank</loc><news:title>{}</news:title></url></urlset>",
        HEADLINES[2]
    );
    for (rung, names, expected) in [
        (
            Rung::Feed,
            "<link rel=alternate type=application/rss+xml href=/rss.xml>",
            HEADLINES[0],
        ),
        (
            Rung::Sitemap,
            "<link rel=sitemap href=/news-sitemap.xml><a href=/rss.xml>RSS</a>",
            HEADLINES[2],
        ),
        // A sitemap that is gone leaves the feed.
        (
            Rung::Feed,
            "<link rel=sitemap href=/gone.xml><a href=/rss.xml>RSS</a>",
            HEADLINES[0],
        ),
    ] {
        let page = format!("<html><head>{names}</head><body><p>Under repair</p></body></html>");
        let mut site = Site::new().page("list", &page);
        site.says("rss.xml", feed.as_str());
        site.says("news-sitemap.xml", Answer::of("text/xml", sitemap.as_str()));
        site.poll().await;
        assert_eq!(site.titles(), [expected], "{names}");
        assert_eq!(site.status("list").reading.unwrap().rung, rung);
        let wrong = site.wrong("list");
        let said = format!(
            "selector `item` (.item) found nothing; read by {}",
            rung.as_str()
        );
        assert!(wrong.contains(&said), "{wrong}");
        // The page may be well again: it is asked as a whole.
        site.poll().await;
        assert_eq!(site.titles(), [expected], "{names}");
        assert_eq!(site.requests("list").len(), 2);
    }
}

/// What was said of a selector does not count once it was edited.
#[tokio::test]
async fn a_verdict_on_selectors_ends_with_them() {
    let mut site = Site::new().page("list", "<p>Nothing.</p>");
    site.poll().await;
    let broken = site.status("list");
    assert_eq!(broken.state, SourceState::BrokenSelector);
    assert!(broken.todo.unwrap().contains("correct `select`"));
    let edited = site.config().replace(".item", ".teaser");
    site.reload(&edited).unwrap();
    let edited = site.status("list");
    assert_eq!((edited.state, edited.wrong), (SourceState::New, None));
}

/// A source without selectors has none that could be broken; what stands in
/// place of a page is told.
#[tokio::test]
async fn a_page_without_a_list_is_told_as_what_it_is() {
    let neither = |name: &str| fs::read(folder("neither").join(name)).unwrap();
    let mut site = Site::new()
        .source("bare", "page", Answer::of("text/html", "<p>Nothing."))
        .source(
            "shell",
            "page",
            Answer::of("text/html", neither("shell.html")),
        )
        .source(
            "wall",
            "page",
            Answer::of("text/html", neither("challenge.html")),
        );
    site.poll().await;
    for (source, said) in [
        ("bare", "no list was found in it"),
        (
            "shell",
            "an empty page that scripts fill; scofeed runs no scripts: look for a feed",
        ),
        (
            "wall",
            "a page that checks browsers, and lets in no programs; ask its publisher",
        ),
    ] {
        assert_eq!(site.status(source).state, SourceState::NoList, "{source}");
        let wrong = site.wrong(source);
        assert!(wrong.contains(said), "{source}: {wrong}");
    }
}

#[tokio::test]
async fn a_page_whose_selector_fails_is_read_by_the_next_rung() {
    let mut site = Site::new().page("list", "");
    site.says("list", list("item", &HEADLINES[..3]));
    site.poll().await;
    assert_eq!(site.status("list").reading.unwrap().rung, Rung::Selectors);
    assert_eq!(site.titles().len(), 2);

    // The page is rebuilt, and has news.
    let mut headlines = HEADLINES.to_vec();
    headlines.push("Shanghai Cooperation Organisation admits a partner");
    site.says("list", list("teaser", &headlines));
    site.poll().await;
    assert_eq!(site.titles().len(), 3);
    let wrong = site.wrong("list");
    assert!(
        wrong.contains("selector `item` (.item) found nothing; read by repeated links"),
        "{wrong}"
    );
    // It is in trouble, and polled as usual.
    let next = site.status("list").next.unwrap().at;
    assert!(next.duration_since(site.now()).unsigned_abs() < EVERY + EVERY / 2);
    // Read again each time: the admin may have corrected the selectors.
    site.poll().await;
    assert_eq!(site.polls("list")[0].status, Some(200));
}

#[test]
fn a_date_that_only_eyes_can_read_is_read_where_the_selector_says() {
    let select = Selectors {
        item: "li".to_owned(),
        title: "a".to_owned(),
        link: "a".to_owned(),
        date: Some(".when".to_owned()),
        lead: None,
        author: None,
        language: None,
    };
    let recipe = Recipe::page(Some(&select), Expect::default()).unwrap();
    for (date, expected) in [
        (
            "<i class=when title='3 comments'>2026-11-10 10:05</i>",
            "2026-11-10T10:05:00Z",
        ),
        (
            "<time class=when datetime=3d>2026-11-10 10:05</time>",
            "2026-11-10T10:05:00Z",
        ),
        (
            "<i class=when><b>2026</b><b>11/10</b></i>",
            "2026-11-10T00:00:00Z",
        ),
    ] {
        let page = format!("<ul><li><a href=/n/1>{}</a> {date}</li></ul>", HEADLINES[0]);
        let parsed = read(&recipe, "https://volga.example/list", page.as_bytes()).unwrap();
        assert_eq!(parsed.items[0].stated, expected.parse().ok(), "{date}");
    }
}

#[tokio::test]
async fn a_json_list_behind_a_page_is_a_source() {
    let json = r#"{"datasource": [
        {"title": "SCO summit opens in Bishkek", "publishUrl": "../20261124/1/c.html",
         "publishTime": "2026-11-24 16:20:00", "summary": "Twelve papers are to be signed.",
         "author": "Anna Orlova"},
        {"title": "Rain in the valley", "publishUrl": "../20261124/2/c.html",
         "publishTime": "2026-11-24 15:00:00"}]}"#;
    let mut site = Site::new()
        .source("ds", "json", Answer::of("application/json", json))
        .with("timezone = \"Asia/Shanghai\"")
        .with(
            "select = { item = \"datasource\", title = \"title\", link = \"publishUrl\", \
             date = \"publishTime\", lead = \"summary\", author = \"author\" }",
        )
        .with("expect = { items = 2, dates = 1.0 }");
    site.poll().await;
    let story = site.story();
    assert_eq!(story.title, HEADLINES[0]);
    assert_eq!(story.lead, "Twelve papers are to be signed.");
    assert_eq!(story.authors, ["Anna Orlova"]);
    assert_eq!(story.published.to_string(), "2026-11-24T08:20:00Z");
    assert_eq!(story.link, site.address("20261124/1/c.html"));

    // Another key, as publishers rename them; the next rung knows it.
    site.says(
        "ds",
        Answer::of("application/json", json.replace("datasource", "data")),
    );
    site.poll().await;
    let wrong = site.wrong("ds");
    assert!(
        wrong.contains("selector `item` (datasource) found nothing; read by likely keys"),
        "{wrong}"
    );
    assert_eq!(site.titles().len(), 1);
}

#[tokio::test]
async fn a_news_sitemap_is_a_source() {
    let sitemap = "<?xml version=\"1.0\"?><urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\
        <url><loc>https://outlet.example/1</loc><news:news><news:title>SCO summit opens in Bishkek</news:title>\
        <news:publication_date>2026-11-24T07:00:00Z</news:publication_date></news:news></url>\
        <url><loc>https://outlet.example/about</loc></url></urlset>";
    let mut site = Site::new().source("map", "sitemap", Answer::of("application/xml", sitemap));
    site.poll().await;
    let story = site.story();
    assert_eq!(
        (story.title.as_str(), story.link.as_str()),
        (HEADLINES[0], "https://outlet.example/1")
    );
    assert_eq!(site.status("map").reading.unwrap().rung, Rung::Sitemap);
    assert_eq!(site.status("map").skipped.len(), 1);
}

/// Sitemaps are published as gzip files, under whatever type.
#[tokio::test]
async fn a_sitemap_that_is_a_gzip_file_is_read() {
    let sitemap = format!(
        "<urlset><url><loc>/1</loc><news:title>{}</news:title></url></urlset>",
        HEADLINES[0]
    );
    for kind in ["application/octet-stream", "application/x-gzip", "text/xml"] {
        let page = "<head><link rel=sitemap href=/news.xml.gz></head><p>Under repair</p>";
        let mut site = Site::new().source("list", "page", Answer::of("text/html", page));
        let packed = crate::input::gzip(sitemap.as_bytes());
        site.says("news.xml.gz", Answer::of(kind, packed));
        site.poll().await;
        assert_eq!(site.titles(), [HEADLINES[0]], "{kind}");
    }
}
