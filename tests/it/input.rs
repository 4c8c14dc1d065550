//! Bad input: one source's state or one item's loss, never the edition's.
//!
//! Which test holds which row of the requirements stands in `catalogue`.
//!
//! | rows | test |
//! | --- | --- |
//! | H-63 | `new_guids_at_every_poll_are_no_new_stories` |
//! | C-02, C-03 | `twenty_mebibytes`, `a_gzip_bomb`; `fetch::body` |
//! | C-04, C-05 | `slow`, `silence_is_not_waited_out` |
//! | C-06, C-07 | `a_redirect_…`, `bad_answers_are_told_apart` |
//! | C-08 | `a_million_items_…`, `ten_thousand_items_…`, `the_newest_of_…` |
//! | C-10, C-11 | `tests/parse` (`damage-…-too-many`, `damage-depth-…`, `key-long-guid`) |
//! | C-12 | `hostile_pages_are_read_in_bounded_work`; `parse::bounded`, `text::plain` |
//! | C-13 | `what_takes_too_long_to_read_is_given_up`; `aside` |

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use scofeed::model::{SourceState, Standing, Withheld};

use crate::site::{Answer, EVERY, Item, Site, item, rss};

const SUMMIT: &str = "SCO summit opens in Bishkek";
const BANK: &str = "SCO development bank finds its first borrowers";
const RAIL: &str = "SCO member states plan a railway corridor";

/// One source that is always well, one that is well at first, and one that
/// says this from the beginning.
async fn site(first: impl Into<Answer>) -> Site {
    let mut site = Site::new()
        .feed("good", rss([item("summit", SUMMIT)]))
        .feed("bad", rss([item("bank", BANK)]))
        .feed("new", first);
    site.poll().await;
    assert_eq!(site.titles(), [SUMMIT, BANK]);
    site
}

/// What a bad answer must come to, whether the source was well before or
/// not: its own state with the reason, and an edition as good as it was.
async fn check(answer: impl Into<Answer>, reason: &str) {
    let answer = answer.into();
    let mut site = site(answer.clone()).await;
    let wrong = site.wrong("new");
    assert!(wrong.contains(reason), "{wrong}");
    assert_eq!(site.status("new").last_ok, None);

    let (edition, well) = (site.edition(), site.status("bad"));
    site.says("bad", answer);
    site.poll().await;
    let wrong = site.wrong("bad");
    assert!(wrong.contains(reason), "{wrong}");
    let status = site.status("bad");
    assert_eq!(status.failing_since, Some(site.now()));
    assert_eq!((status.last_ok, status.items), (well.last_ok, well.items));
    assert_eq!(site.polls("bad")[0].failure, Some(wrong));
    assert_eq!(site.status("good").state, SourceState::Fine);
    for sheet in edition.iter() {
        assert!(
            Arc::ptr_eq(sheet, &site.sheet(&sheet.path)),
            "{}",
            sheet.path
        );
    }
    let next = status.next.unwrap().at;
    assert!(next.duration_since(site.now()).unsigned_abs() >= EVERY);

    // It recovers by itself, asking with what its last good document left.
    site.says("bad", rss([item("bank", BANK), item("rail", RAIL)]));
    site.poll().await;
    assert_eq!(site.status("bad").state, SourceState::Fine);
    assert_eq!(site.titles(), [RAIL, SUMMIT, BANK]);
    let mut asked = site.requests("bad");
    // Validators belong to the address that gave them.
    asked.retain(|request| !request.is_hop());
    let tags: Vec<_> = asked.iter().map(|r| r.field("if-none-match")).collect();
    assert!(
        tags.len() >= 3 && tags[0].is_none() && tags[1].is_some(),
        "{tags:?}"
    );
    assert!(tags[1..].iter().all(|tag| *tag == tags[1]), "{tags:?}");
}

/// What a document with something odd in it must come to: these headlines,
/// in the order of their keys, from a source that is well.
#[track_caller]
fn published(site: &mut Site, expected: &[&str]) {
    let mut titles = site.titles();
    titles.sort();
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(titles, expected);
}

async fn polled(document: impl Into<Answer>) -> Site {
    let mut site = Site::new().feed("odd", document);
    site.poll().await;
    site
}

// The source is in trouble.

#[tokio::test]
async fn down() {
    let mut site = site(rss([])).await;
    let before = site.atom_bytes();
    // Nothing listens on the first port.
    let config = site
        .config()
        .replace(&site.address("bad"), "http://127.0.0.1:1/");
    site.reload(&config).unwrap();
    site.poll().await;
    assert!(
        site.wrong("bad")
            .starts_with("cannot connect: 127.0.0.1:1: ")
    );
    assert_eq!(site.atom_bytes(), before);
    check(Answer::hangs_up(), "broken body").await;
}

#[tokio::test(start_paused = true)]
async fn slow() {
    check(Answer::silence(), "timed out: no answer").await;
    let document = rss([item("bank", BANK), item("rail", RAIL)]);
    check(
        Answer::from(document).stalls(),
        "timed out: the body stopped coming",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_source_holds_up_nobody() {
    let mut site = Site::new()
        .feed("good", rss([item("summit", SUMMIT)]))
        .feed("slow", Answer::silence());
    let waited = site
        .serve(async |mut editions| {
            let start = tokio::time::Instant::now();
            let published = editions.wait_for(|edition| {
                let atom = edition.get("/atom.xml").unwrap();
                String::from_utf8_lossy(&atom.bytes).contains(SUMMIT)
            });
            drop(published.await.unwrap());
            start.elapsed()
        })
        .await;
    assert_eq!(site.requests("slow").len(), 1);
    assert!(waited <= Duration::from_secs(2), "{waited:?}");
}

#[tokio::test]
async fn http_404() {
    check(Answer::status(404).body("no such page"), "HTTP 404").await;
}

#[tokio::test]
async fn http_500() {
    // The body of an error is nobody's news.
    let body = rss([item("rail", RAIL)]);
    check(Answer::from(body).with_status(500), "HTTP 500").await;
}

#[tokio::test]
async fn html_instead_of_a_feed() {
    let login = "<!DOCTYPE html><html><head><title>Sign in &amp; read</title></head>\
                 <body><form><input type=\"password\"></form></body></html>";
    check(
        Answer::of("text/html", login),
        "not a feed: a login page, \"Sign in & read\"",
    )
    .await;
    check(login, "not a feed: a login page").await;
    check(
        Answer::of("text/plain", "Service will be back soon."),
        "it begins \"Service will",
    )
    .await;
}

#[tokio::test]
async fn truncated() {
    let document = rss([item("rail", RAIL)]);
    check(Answer::from(document.as_str()).cut(), "broken body").await;
    let half = document.find("</title><link>").unwrap();
    check(
        &document[..half],
        "cannot be read: it ends within its first item",
    )
    .await;
}

#[tokio::test]
async fn what_came_before_the_cut_counts() {
    let mut site = site(rss([])).await;
    let document = rss([item("rail", RAIL), item("bank", BANK)]);
    let half = document.find("<title>SCO development").unwrap();
    site.says("bad", &document[..half]);
    site.poll().await;
    assert!(site.wrong("bad").contains("ends in the middle"));
    assert_eq!(site.titles(), [RAIL, SUMMIT, BANK]);
    site.poll().await;
    let asked = site.requests("bad");
    assert_eq!(
        asked[1].field("if-none-match"),
        asked[2].field("if-none-match")
    );
}

#[tokio::test]
async fn empty() {
    check("", "empty document").await;
    check(" \n\t ", "empty document").await;
    check("\u{feff}", "empty document").await;
    check(Answer::status(204), "HTTP 204").await;
}

#[tokio::test]
async fn twenty_mebibytes() {
    let mut document = rss([item("rail", RAIL)]);
    document.push_str(&" ".repeat(20 * 1024 * 1024));
    check(document, "too large: more than 8 MiB on the wire").await;
}

#[tokio::test]
async fn a_gzip_bomb() {
    let bomb = gzip(&vec![b' '; 4 * 1024 * 1024]);
    let packed = |body: Vec<u8>| Answer::from(body).field("Content-Encoding", "gzip");
    check(
        packed(bomb.clone()),
        "too large: it unpacks to more than 100 times its size",
    )
    .await;
    check(
        packed(gzip(&bomb)).field("Content-Encoding", "gzip, gzip"),
        "packed more than once",
    )
    .await;
}

/// H-24: the other way round it is read, as `fetch::body` tests.
#[tokio::test]
async fn packed_without_saying_so() {
    let packed = gzip(rss([item("bank", BANK)]).as_bytes());
    check(packed, "not a feed").await;
}

/// C-13: what no reading comes to an end with in time is the source's
/// trouble: here a selector that looks for something before each of many
/// elements. A release build is done with it in time.
#[cfg(debug_assertions)]
#[tokio::test]
async fn what_takes_too_long_to_read_is_given_up() {
    let mut site = Site::new()
        .feed("good", rss([item("summit", SUMMIT)]))
        .source(
            "endless",
            "page",
            Answer::of("text/html", "<b>x</b>".repeat(12_000)),
        )
        .with("select = { item = \".news ~ b\", title = \"a\", link = \"a\" }");
    site.poll().await;
    assert_eq!(site.titles(), [SUMMIT]);
    assert_eq!(site.wrong("endless"), "given up after 2 s of reading it");
    assert_eq!(site.status("endless").failure.as_deref(), Some("slow"));
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_redirect_to_where_we_do_not_go() {
    check(
        Answer::redirect(302, "http://127.0.0.1:22/"),
        "refused to connect",
    )
    .await;
    check(
        Answer::redirect(301, "http://169.254.169.254/latest/"),
        "refused to connect",
    )
    .await;
    check(
        Answer::redirect(307, "file:///etc/passwd"),
        "redirect refused",
    )
    .await;
    check(
        Answer::redirect(308, "?again"),
        "redirect refused: more than 5 in a row",
    )
    .await;
}

// The document is odd, and read.

#[tokio::test]
async fn windows_1251() {
    let title = "Лидеры стран ШОС встретились в Бишкеке";
    let document = rss([item("1", title).lead("«Саммит» продлится два дня")]);
    let document = document.replace("utf-8", "windows-1251");
    let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode(&document);
    for content_type in [
        "text/xml",
        "text/xml; charset=windows-1251",
        "text/xml; charset=utf-8",
    ] {
        let mut site = polled(Answer::of(content_type, bytes.to_vec())).await;
        let story = site.story();
        assert_eq!(story.title, title, "{content_type}");
        assert_eq!(story.lead, "«Саммит» продлится два дня", "{content_type}");
        assert_eq!(site.status("odd").state, SourceState::Fine);
    }
}

#[tokio::test]
async fn one_broken_item() {
    let broken = "<item><description>&bogus; </description></item>";
    let document = rss([item("summit", SUMMIT), item("rail", RAIL)]).replacen(
        "</item>",
        &format!("</item>{broken}"),
        1,
    );
    let mut site = polled(document).await;
    published(&mut site, &[SUMMIT, RAIL]);
    let status = site.status("odd");
    assert_eq!(status.state, SourceState::Fine);
    assert_eq!(status.skipped.len(), 0, "{status:?}");

    let nothing = "<item><link>https://outlet.example/x</link><title> \u{200b} </title></item>";
    let document = rss([item("summit", SUMMIT), item("rail", RAIL)]).replacen(
        "</item>",
        &format!("</item>{nothing}"),
        1,
    );
    let mut site = polled(document).await;
    published(&mut site, &[SUMMIT, RAIL]);
    let skipped = &site.status("odd").skipped;
    assert_eq!(skipped.len(), 1);
    assert_eq!(skipped[0].what, "item 2");
    assert_eq!(skipped[0].why, "it has neither a headline nor a text");
}

#[tokio::test]
async fn markup_broken_in_the_middle() {
    let document = rss([
        item("1", "SCO & Eurasia < summit of 2026"),
        item("2", "SCO summit <b>opens</i> in Bishkek").lead("<p>A lead <br> goes on"),
        item("3", RAIL),
    ]);
    let mut site = polled(document).await;
    published(&mut site, &["SCO & Eurasia < summit of 2026", SUMMIT, RAIL]);
}

#[tokio::test]
async fn an_item_without_id_or_date() {
    let bare = || item("bank", BANK).without_guid().undated();
    let mut site = polled(rss([bare()])).await;
    let before = site.story();
    assert_eq!(before.published, site.now());
    for document in [rss([bare()]), rss([item("summit", SUMMIT), bare()])] {
        site.says("odd", document);
        site.poll().await;
        let stories = site.stories();
        assert!(stories.contains(&before), "{stories:#?}");
    }
    assert_eq!(site.why(BANK).len(), 1);
}

#[tokio::test]
async fn an_item_without_id_link_or_date_is_one_item_for_ever() {
    let bare = || item("bank", BANK).without_guid().without_link().undated();
    let mut site = polled(rss([bare(), item("summit", SUMMIT)])).await;
    site.says("odd", rss([item("rail", RAIL), bare()]));
    site.poll().await;
    // Nobody could read it, so it is remembered and not published.
    published(&mut site, &[SUMMIT, RAIL]);
    let found = site.why(BANK);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].standing, Standing::Withheld(Withheld::NoLink));
}

#[tokio::test]
async fn links_that_are_no_web_addresses() {
    let links = [
        "javascript:alert(1)",
        " JavaScript:alert(1)",
        "java\tscript:alert(1)",
        "&#106;avascript:alert(2)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
    ];
    let bad = links.map(|link| item("bank", BANK).lead(link).link(link).guid(link));
    let mut site = polled(rss(bad.into_iter().chain([item("summit", SUMMIT)]))).await;
    published(&mut site, &[SUMMIT]);
    let found = site.why(BANK);
    assert_eq!(found.len(), links.len());
    for found in found {
        assert_eq!(found.standing, Standing::Withheld(Withheld::NoLink));
        assert_eq!(found.item.link, None);
    }
    let status = site.status("odd");
    assert_eq!(status.state, SourceState::Fine);
    assert_eq!(status.skipped.len(), links.len());
    for skipped in status.skipped {
        assert_eq!(skipped.what, BANK);
        assert_eq!(skipped.why, "it has no web address to read it at");
    }
    for path in ["/atom.xml", "/rss.xml", "/"] {
        let sheet = String::from_utf8_lossy(&site.sheet(path).bytes).to_lowercase();
        for scheme in ["javascript:", "data:", "vbscript:", "file:/"] {
            // The page's own icon is one.
            let ours = usize::from((path, scheme) == ("/", "data:"));
            assert_eq!(sheet.matches(scheme).count(), ours, "{scheme} in {path}");
        }
    }
}

#[tokio::test]
async fn media_that_are_no_web_addresses() {
    let document = rss([item("summit", SUMMIT)]).replace(
        "</item>",
        "<enclosure url=\"javascript:alert(1)\" type=\"video/mp4\" length=\"1\"/>\
         <enclosure url=\"https://outlet.example/v.mp4\" type=\"video/mp4\" length=\"x\"/></item>",
    );
    let mut site = polled(document).await;
    assert_eq!(site.story().media, ["https://outlet.example/v.mp4"]);
}

#[tokio::test]
async fn markup_in_titles() {
    let titles = [
        ("SCO <b>summit</b> opens in Bishkek", SUMMIT),
        ("SCO &lt;b&gt;summit&lt;/b&gt; opens in Bishkek", SUMMIT),
        (
            "<![CDATA[<p>SCO summit opens&nbsp;in Bishkek</p>]]>",
            SUMMIT,
        ),
        (
            "<![CDATA[SCO summit <script>alert('x')</script>opens in Bishkek]]>",
            SUMMIT,
        ),
        (
            "SCO summit &lt;img src=x onerror=alert(1)&gt;opens in Bishkek",
            SUMMIT,
        ),
        ("SCO summit: AT&amp;amp;T opens", "SCO summit: AT&T opens"),
        ("SCO summit: AT&amp;T opens", "SCO summit: AT&T opens"),
        ("SCO summit: 1 &amp;lt; 2 opens", "SCO summit: 1 < 2 opens"),
    ];
    let document = rss(titles.iter().zip(1..).map(|((written, _), number)| {
        item(&number.to_string(), written).lead(&number.to_string())
    }));
    // They would be one story.
    let mut site = Site::new().feed("odd", document).with("join = false");
    site.poll().await;
    let shown: Vec<&str> = titles.iter().rev().map(|(_, shown)| *shown).collect();
    assert_eq!(site.titles(), shown);
    let items = site.rss().items.into_iter();
    assert_eq!(
        items.filter_map(|item| item.title).collect::<Vec<_>>(),
        shown
    );
    let page = site.html();
    let headlines = scraper::Selector::parse("article h2").unwrap();
    let headlines = page
        .select(&headlines)
        .map(|headline| headline.text().collect::<String>());
    assert_eq!(headlines.collect::<Vec<_>>(), shown);
}

#[tokio::test]
async fn markup_anywhere_comes_out_as_text() {
    let hostile = "&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;";
    let document = rss([item("summit", SUMMIT).lead(hostile).author(hostile)]).replace(
        "</item>",
        &format!("<category>{hostile}Video</category><source url=\"https://x.example\">{hostile}Wire</source></item>"),
    );
    let mut site = polled(document).await;
    for path in ["/atom.xml", "/rss.xml", "/"] {
        let sheet = String::from_utf8(site.sheet(path).bytes.to_vec()).unwrap();
        for live in ["<script", "<img", "onerror", "alert(1)"] {
            assert!(!sheet.contains(live), "{live} in {path}");
        }
    }
    assert_eq!(site.story().categories, ["odd", "Video"]);
}

#[tokio::test]
async fn control_characters_and_references_to_nothing() {
    let document = rss([
        item("1", "SCO \u{0}sum\u{8}mit\u{1b} opens&#8; in&#0; Bishkek"),
        item(
            "2",
            "SCO member&#xD800; states&#999999999999; plan a railway",
        ),
        item(
            "3",
            "SCO leaders\u{9f}\u{202e} meet &bogus; in Bishkek\u{fffe}",
        ),
    ]);
    let mut site = polled(document).await;
    assert_eq!(site.status("odd").state, SourceState::Fine);
    let mut titles = site.titles();
    titles.sort();
    assert_eq!(titles.len(), 3);
    assert!(titles[0].starts_with("SCO leaders meet"), "{titles:?}");
    assert!(titles[1].starts_with("SCO member"), "{titles:?}");
    assert!(titles[1].ends_with("plan a railway"), "{titles:?}");
    assert_eq!(titles[2].replace('\u{fffd}', ""), SUMMIT);
    for path in ["/atom.xml", "/rss.xml", "/"] {
        let sheet = String::from_utf8(site.sheet(path).bytes.to_vec()).unwrap();
        let bad = sheet.chars().find(|c| {
            (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{202e}' | '\u{fffe}')
        });
        assert_eq!(bad, None, "{path}");
    }
}

/// Neither a document type nor an attribute of five mebibytes costs the items
/// around it.
#[tokio::test]
async fn five_mebibytes_in_one_place() {
    let document = rss([item("summit", SUMMIT), item("bank", BANK)]);
    let long = "x".repeat(5 * 1024 * 1024);
    let declared = format!("<!DOCTYPE rss [<!ENTITY long \"{long}\">]>\n<rss");
    let category = format!("<item><category domain=\"{long}\">banks</category>");
    for swollen in [
        document.replacen("<rss", &declared, 1),
        document.replacen("<item>", &category, 1),
    ] {
        let mut site = polled(swollen).await;
        published(&mut site, &[SUMMIT, BANK]);
        assert_eq!(site.status("odd").state, SourceState::Fine);
    }
}

#[tokio::test]
async fn a_feed_that_is_suddenly_empty_removes_nothing() {
    let mut site = site(rss([])).await;
    let before = site.atom_bytes();
    site.says("bad", rss([]));
    site.poll().await;
    assert_eq!(site.status("bad").state, SourceState::Fine);
    assert_eq!(site.atom_bytes(), before);
}

#[tokio::test]
async fn one_guid_on_all_items() {
    let same = |slug: &str, title: &str| item(slug, title).guid("news");
    let mut site = polled(rss([same("summit", SUMMIT), same("bank", BANK)])).await;
    published(&mut site, &[SUMMIT, BANK]);
    let before = site.stories();
    site.says(
        "odd",
        rss([
            same("rail", RAIL),
            same("summit", SUMMIT),
            same("bank", BANK),
        ]),
    );
    site.poll().await;
    assert_eq!(site.stories()[1..], before);
}

#[tokio::test]
async fn a_guid_that_is_used_again_is_another_story() {
    let mut site = polled(rss([item("summit", SUMMIT).guid("top")])).await;
    let before = site.story();
    let next = || rss([item("bank", BANK).guid("top")]);
    for _ in 0..2 {
        site.says("odd", next());
        site.poll().await;
        assert_eq!(site.titles(), [BANK, SUMMIT]);
        assert_eq!(site.stories()[1], before);
        // Other bytes, the same item.
        site.says("odd", next().replace("A made-up outlet", "Another title"));
    }
    // Another address alone makes no other article.
    let mut site = polled(rss([item("summit", SUMMIT).guid("top")])).await;
    let id = site.story().id;
    let moved = item("summit-ends", "SCO summit ends in Bishkek");
    site.says("odd", rss([moved.guid("top")]));
    site.poll().await;
    assert_eq!(site.story().id, id);
}

#[tokio::test]
async fn a_guid_in_another_spelling_is_the_same_story() {
    let mut site = polled(rss([item("summit", SUMMIT)])).await;
    let before = site.story();
    for guid in [
        "http://outlet.example/summit",
        "https://www.outlet.example/summit?utm_source=x",
    ] {
        let item = item("summit", "SCO summit ends in Bishkek");
        site.says("odd", rss([item.guid(guid).link(guid)]));
        site.poll().await;
        let after = site.story();
        assert_eq!(
            (after.id, after.updated),
            (before.id.clone(), before.updated),
            "{guid}"
        );
    }
}

#[tokio::test]
async fn the_first_poll_publishes_the_ten_newest() {
    let dated = |day: usize| {
        item(
            &format!("{day}"),
            &format!("SCO summit, report number {day}"),
        )
        .date(&format!("{day:02} Nov 2026 06:00:00 GMT"))
    };
    let mut site = polled(rss((1..=20).map(dated))).await;
    let titles: Vec<String> = (11..=20)
        .rev()
        .map(|d| format!("SCO summit, report number {d}"))
        .collect();
    assert_eq!(site.titles(), titles);
    site.says("odd", rss((1..=21).map(dated)));
    site.poll().await;
    assert_eq!(site.titles().len(), 11);
}

#[tokio::test]
async fn a_page_that_no_longer_fits_its_selectors() {
    let row = |n: usize| {
        format!(
            "<div class=\"item\"><a href=\"/{n}\">SCO summit report {n}</a><i class=\"time\">2026-11-24</i></div>"
        )
    };
    let page = |rows: usize| (0..rows).map(row).collect::<String>();
    let mut site = Site::new()
        .page("list", &page(3))
        .with("expect = { items = 2, dates = 0.5 }");
    site.poll().await;
    assert_eq!(site.titles().len(), 3);
    let before = site.atom_bytes();
    for (broken, reason) in [
        (
            page(3).replace("class=\"item\"", "class=\"entry\""),
            "selector `item` (.item) found nothing",
        ),
        (page(1), "1 items of 1 entries, 2 expected"),
        (page(3).replace("time", "clock"), "selector `date`: 0 of 3"),
        (String::from("SCO summit is over"), "there is no tag in it"),
    ] {
        site.says("list", Answer::of("text/html", broken));
        site.poll().await;
        assert!(
            site.wrong("list").contains(reason),
            "{}",
            site.wrong("list")
        );
        assert_eq!(site.atom_bytes(), before);
    }
    site.says("list", Answer::of("text/html", page(4)));
    site.poll().await;
    assert_eq!(site.titles().len(), 4);
}

#[tokio::test]
async fn ten_thousand_items_and_a_title_without_end() {
    let many = (0..10_000).map(|n| item(&format!("{n}"), "Rain in the valley"));
    let long = format!("SCO summit {}", "report ".repeat(1000));
    let newest = item("long", &long).date("Tue, 24 Nov 2026 06:00:01 GMT");
    let many: Vec<Item> = std::iter::once(newest).chain(many).collect();
    let mut site = polled(rss(many)).await;
    let title = site.story().title;
    assert!(title.chars().count() <= 1001, "{}", title.chars().count());
    let status = site.status("odd");
    assert_eq!((status.state, status.items), (SourceState::Fine, 500));
    assert_eq!(status.skipped.len(), 2, "{:?}", status.skipped);
}

// What a source does over many polls.

#[tokio::test]
async fn a_feed_that_calls_itself_otherwise_is_the_same_source() {
    let document = rss([item("summit", SUMMIT)]);
    let mut site = polled(document.as_str()).await;
    let before = site.stories();
    let renamed = document.replace("A made-up outlet", "Bought by somebody else");
    site.says(
        "odd",
        renamed.replacen("<channel>", "<channel><link>https://b.example/</link>", 1),
    );
    site.poll().await;
    assert_eq!(site.stories(), before);
}

#[tokio::test]
async fn a_guid_of_another_source_is_nobody_elses() {
    let mut site = Site::new()
        .feed("ours", rss([item("summit", SUMMIT).guid("urn:x:1")]))
        .feed("theirs", rss([item("rain", "Rain in the valley all week")]));
    site.poll().await;
    let before = site.story();
    let theirs = item("bank", BANK).guid("urn:x:1");
    site.says(
        "theirs",
        rss([theirs.date("Tue, 24 Nov 2026 07:00:00 GMT")]),
    );
    site.poll().await;
    assert_eq!(site.titles(), [BANK, SUMMIT]);
    assert_eq!(site.stories()[1], before);
}

#[tokio::test]
async fn new_guids_at_every_poll_are_no_new_stories() {
    let churned = |round: &str| {
        let guid = |slug: &str| format!("urn:x:{slug}:{round}");
        rss([
            item("summit", SUMMIT).guid(&guid("summit")),
            item("bank", BANK).guid(&guid("bank")),
        ])
    };
    let mut site = polled(churned("0")).await;
    let before = site.stories();
    assert_eq!(before.len(), 2);
    for round in ["1", "2", "3"] {
        site.says("odd", churned(round));
        site.poll().await;
        assert_eq!(site.stories(), before);
    }
}

#[tokio::test]
async fn an_item_older_than_the_newest_is_not_missed() {
    let mut site = polled(rss([item("summit", SUMMIT)])).await;
    let older = item("bank", BANK).date("Mon, 23 Nov 2026 06:00:00 GMT");
    site.says("odd", rss([item("summit", SUMMIT), older]));
    site.poll().await;
    published(&mut site, &[SUMMIT, BANK]);
}

#[tokio::test]
async fn two_copies_of_a_story_do_not_take_turns() {
    let copy = |lead: &str| rss([item("summit", SUMMIT).lead(lead)]);
    let lead = "Leaders of the member states meet for two days.";
    let mut site = Site::new().feed("one", copy(lead)).feed("two", copy(lead));
    site.poll().await;
    let before = site.story();
    for (source, edited) in [("one", "first"), ("two", "second"), ("one", "third")] {
        site.says(
            source,
            rss([item("summit", SUMMIT).lead(lead).author(edited)]),
        );
        site.poll().await;
        let after = site.story();
        assert_eq!(
            (after.id, after.title),
            (before.id.clone(), before.title.clone())
        );
    }
}
