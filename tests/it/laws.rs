//! The laws of the design, each a test.

use std::sync::Arc;
use std::time::Duration;

use scofeed::config;
use scofeed::model::{Failure, ItemKey, Outcome, SourceKey, SourceState, StoryId};

use crate::site::{Answer, EVERY, Item, Site, Story, item, rss};

const SUMMIT: &str = "SCO summit opens in Bishkek";
const BANK: &str = "SCO development bank finds its first borrowers";

fn summit() -> Item {
    item("summit", SUMMIT).lead("Leaders of the member states meet for two days.")
}

/// A site with one story, published.
async fn published() -> Site {
    let mut site = Site::new().feed("steppe", rss([summit()]));
    site.poll().await;
    assert_eq!(site.titles(), [SUMMIT]);
    site
}

/// Everything that is remembered of items and stories, and of sources all
/// but what every poll moves.
fn memory(site: &Site) -> Vec<String> {
    [
        "SELECT * FROM item ORDER BY seq",
        "SELECT * FROM story ORDER BY seq",
        "SELECT * FROM member ORDER BY item",
        "SELECT * FROM meta ORDER BY key",
        "SELECT key, epoch, etag, last_modified, body_hash, tries, failure FROM source ORDER BY key",
    ]
    .iter()
    .flat_map(|query| site.rows(query))
    .collect()
}

// 1. Polling twice is polling once.

#[tokio::test]
async fn polling_twice_is_polling_once() {
    let document = rss([item("summit", SUMMIT), item("bank", BANK)]);
    let other_bytes = document.replace("A made-up outlet", "Another title");
    for again in [
        Answer::from(document.as_str()),
        Answer::from(document.as_str()).without("ETag"),
        Answer::from(other_bytes).without("ETag"),
    ] {
        let mut site = Site::new().feed("steppe", document.as_str());
        site.poll().await;
        let (stories, atom) = (site.rows("SELECT * FROM story"), site.sheet("/atom.xml"));
        site.says("steppe", again);
        site.poll().await;
        assert_eq!(site.requests("steppe").len(), 2);
        assert_eq!(site.rows("SELECT * FROM story"), stories);
        assert!(Arc::ptr_eq(&site.sheet("/atom.xml"), &atom));
    }
}

#[tokio::test]
async fn a_304_moves_only_the_due_time() {
    let mut site = published().await;
    let (before, due) = (memory(&site), site.status("steppe").next.unwrap().at);
    let edition = site.edition();
    site.poll().await;
    assert_eq!(site.polls("steppe")[0].status, Some(304));
    assert_eq!(memory(&site), before);
    assert!(
        edition
            .iter()
            .zip(site.edition().iter())
            .all(|(a, b)| Arc::ptr_eq(a, b))
    );
    assert!(site.status("steppe").next.unwrap().at >= due + EVERY);
}

#[tokio::test]
async fn the_order_of_sources_and_of_items_does_not_matter() {
    let steppe = [
        item("summit", SUMMIT),
        item("bank", BANK).undated(),
        item("rail", "SCO member states plan a railway corridor"),
    ];
    let volga = [
        // The same story twice in one document, once more in the other.
        item("v-1", SUMMIT),
        item("v-2", SUMMIT).undated(),
        item("v-3", "SCO observers become partners this year").undated(),
        // The same address twice, under two headlines.
        item("v-4", "SCO summit anthem draws hundreds of entries"),
        item("v-4", "SCO summit anthem: hundreds of entries"),
    ];
    let orders = [
        ([0, 1, 2, 3, 4], false),
        ([4, 3, 2, 1, 0], true),
        ([1, 2, 0, 4, 3], true),
        ([3, 1, 0, 2, 4], false),
    ];
    let mut editions = Vec::new();
    for (order, turned) in orders {
        let rss = |items: &[Item]| rss(order.iter().filter_map(|at| items.get(*at).cloned()));
        let mut site = if turned {
            Site::new()
                .feed("volga", rss(&volga))
                .feed("steppe", rss(&steppe))
        } else {
            Site::new()
                .feed("steppe", rss(&steppe))
                .feed("volga", rss(&volga))
        };
        site.poll().await;
        assert_eq!(site.titles().len(), 5);
        editions.push(site.atom_bytes());
    }
    assert!(editions.iter().all(|edition| *edition == editions[0]));
}

#[tokio::test]
async fn answers_may_arrive_in_any_order() {
    let mut editions = Vec::new();
    for turned in [false, true] {
        let mut site = Site::new()
            .feed("steppe", rss([item("summit", SUMMIT)]))
            .feed("volga", rss([item("v-1", SUMMIT), item("v-2", BANK)]));
        let errands = site.claim();
        let mut answers = site.bring(errands).await;
        answers.sort_by(|a, b| a.errand.source().cmp(b.errand.source()));
        if turned {
            answers.reverse();
        }
        site.settle(answers);
        editions.push(site.atom_bytes());
    }
    assert_eq!(editions[0], editions[1]);
}

#[tokio::test]
async fn a_restart_between_two_polls_changes_nothing() {
    let mut editions = Vec::new();
    for restarted in [false, true] {
        let mut site = Site::new()
            .feed("steppe", rss([item("summit", SUMMIT)]))
            .feed("volga", rss([]));
        site.poll().await;
        if restarted {
            site.restart();
        }
        // Joins by its text, or its address, what came before.
        let link = "https://outlet.example/summit";
        let other = item("v-2", "SCO leaders arrive in Bishkek").link(link);
        site.says(
            "volga",
            rss([item("v-1", SUMMIT), other, item("v-3", BANK)]),
        );
        site.poll().await;
        // Two of its items, one outlet.
        assert_eq!(site.stories()[1].also.len(), 1);
        editions.push(site.atom_bytes());
    }
    assert_eq!(editions[0], editions[1]);
}

#[tokio::test(start_paused = true)]
async fn the_service_and_a_round_of_it_come_to_the_same_stories() {
    let site = || {
        Site::new()
            .feed("steppe", rss([item("summit", SUMMIT), item("bank", BANK)]))
            .feed("volga", rss([item("v-1", SUMMIT)]))
    };
    let (mut polled, mut once, mut served) = (site(), site(), site());
    polled.poll().await;
    let round = once.once().await;
    assert_eq!((round.fine, round.failed, round.entered), (2, 0, 2));
    served
        .serve(async |mut editions| {
            let both = editions.wait_for(|edition| {
                let atom = edition.get("/atom.xml").unwrap();
                String::from_utf8_lossy(&atom.bytes)
                    .matches("<entry")
                    .count()
                    == 2
            });
            drop(both.await.unwrap());
        })
        .await;
    // Which source founded the story is chance here: its answer came first.
    let titles = |site: &mut Site| {
        let mut titles = site.titles();
        titles.sort();
        titles
    };
    assert_eq!(titles(&mut once), titles(&mut polled));
    assert_eq!(titles(&mut served), titles(&mut polled));
}

// 2. A story, once published, keeps its id, its date and its place for ever.

/// What must not change of a story.
fn kept(stories: Vec<Story>) -> Vec<(String, jiff::Timestamp)> {
    stories.into_iter().map(|s| (s.id, s.published)).collect()
}

#[tokio::test]
async fn a_story_keeps_its_id_its_date_and_its_place() {
    let items = || [item("summit", SUMMIT), item("bank", BANK).undated()];
    let mut site = Site::new()
        .feed("steppe", rss(items()))
        .with("title = \"Steppe Monitor\"");
    site.poll().await;
    let before = kept(site.stories());
    assert_eq!(before.len(), 2);

    site.restart();
    assert_eq!(kept(site.stories()), before, "a restart");

    let config = site.config().replace("sco.example.org", "news.example.net");
    site.reload(&config).unwrap();
    assert_eq!(kept(site.stories()), before, "another `url` in [feed]");

    let config = site.config().replace("Steppe Monitor", "The Monitor");
    site.reload(&config).unwrap();
    assert_eq!(kept(site.stories()), before, "another title of the source");

    let [summit, bank] = items();
    let changed = [
        summit.title("SCO summit ends in Bishkek"),
        bank.date("Mon, 23 Nov 2026 01:00:00 GMT"),
    ];
    site.says("steppe", rss(changed.clone()));
    site.poll().await;
    assert_eq!(
        kept(site.stories()),
        before,
        "another headline, a date at last"
    );

    site.says("moved", rss(changed));
    let config = site.config().replace("/steppe\"", "/moved\"");
    site.reload(&config).unwrap();
    site.poll().await;
    assert_eq!(site.requests("moved").len(), 1);
    assert_eq!(
        kept(site.stories()),
        before,
        "another address of the source"
    );

    site.says(
        "moved",
        rss([item("new", "SCO observers become partners this year")]),
    );
    site.poll().await;
    let stories = kept(site.stories());
    assert_eq!(stories[1..], before, "they left the document");

    let config = site.config().split("[[source]]").next().unwrap().to_owned();
    site.reload(&config).unwrap();
    assert_eq!(
        kept(site.stories()),
        stories,
        "the source is gone from feeds.toml"
    );
}

#[tokio::test]
async fn the_id_is_made_of_source_name_and_item_key_alone() {
    let mut first = published().await;
    let mut later = Site::new().feed("other", rss([item("bank", BANK)])).feed(
        "steppe",
        rss([item("summit", "Another headline about the SCO summit").undated()]),
    );
    let config = later
        .config()
        .replace("sco.example.org", "news.example.net");
    later.reload(&config).unwrap();
    later.wait(Duration::from_hours(24 * 400));
    later.poll().await;
    let source = SourceKey::new("steppe").unwrap();
    let id = StoryId::of(&source, &ItemKey::new("https://outlet.example/summit")).urn();
    assert_eq!(first.story().id, id);
    assert!(later.stories().iter().any(|story| story.id == id));
}

#[tokio::test]
async fn an_item_without_guid_is_known_by_its_address() {
    let item = |link: &str| item("x", SUMMIT).without_guid().link(link);
    let mut site = Site::new().feed(
        "steppe",
        rss([item("https://outlet.example/a?utm_source=rss")]),
    );
    site.poll().await;
    let before = site.story();
    site.says(
        "steppe",
        rss([item("http://www.outlet.example/a#top").title("SCO summit ends in Bishkek")]),
    );
    site.poll().await;
    let after = site.story();
    assert_eq!(after.id, before.id);
    assert_eq!(after.title, "SCO summit ends in Bishkek");
    assert_eq!(site.rows("SELECT count(*) FROM item").len(), 1);
}

// 3. `updated` moves only when the text a reader sees changed.

#[tokio::test]
async fn another_headline_moves_updated_once() {
    let mut site = published().await;
    let before = site.story();
    assert_eq!(before.updated, site.now());
    let other = rss([item("summit", "SCO summit ends in Bishkek")]);
    site.says("steppe", other.as_str());
    site.poll().await;
    let after = site.story();
    assert_eq!(after.updated, site.now());
    assert_eq!((&after.id, after.published), (&before.id, before.published));
    site.says(
        "steppe",
        Answer::from(other)
            .without("ETag")
            .field("ETag", "\"another\""),
    );
    site.poll().await;
    assert_eq!(site.story(), after);
}

#[tokio::test]
async fn case_spacing_and_markup_move_nothing() {
    let lead = "Leaders of the member states meet for two days.";
    let mut site = published().await;
    let before = site.story();
    for (title, lead) in [
        ("SCO  Summit\n Opens in BISHKEK ", lead),
        (
            SUMMIT,
            "<![CDATA[<p>Leaders of the <b>member states</b> meet for two days.</p>]]>",
        ),
        (SUMMIT, "LEADERS of the member  states meet for two days."),
    ] {
        site.says("steppe", rss([item("summit", title).lead(lead)]));
        site.poll().await;
        assert_eq!(site.polls("steppe")[0].status, Some(200));
        assert_eq!(site.story().updated, before.updated, "{title} {lead}");
    }
}

#[tokio::test]
async fn what_no_reader_sees_moves_nothing() {
    let items = |end: &str, date: &str| {
        let lead = format!("Leaders meet for two days, and {end}");
        rss([item("summit", SUMMIT).lead(&lead).date(date)])
    };
    let mut site = Site::new()
        .feed(
            "steppe",
            items("then they go home.", "Tue, 24 Nov 2026 06:00:00 GMT"),
        )
        .with("summary = 25");
    site.poll().await;
    let before = site.story();
    assert_eq!(before.lead, "Leaders meet for two days…");
    site.says(
        "steppe",
        items("then they stay on.", "Tue, 24 Nov 2026 08:00:00 GMT"),
    );
    site.poll().await;
    assert_eq!(site.story(), before);
}

#[tokio::test]
async fn an_undated_item_has_the_time_it_was_first_seen_for_ever() {
    let undated = || item("summit", SUMMIT).undated();
    let mut site = Site::new().feed("steppe", rss([undated()]));
    site.poll().await;
    let seen = site.now();
    assert_eq!(site.story().published, seen);
    for document in [
        rss([undated()]),
        rss([]),
        rss([undated(), item("bank", BANK)]),
    ] {
        site.says("steppe", document);
        site.wait(Duration::from_hours(24 * 40));
        site.poll().await;
        site.restart();
        let stories = site.stories();
        let story = stories.iter().find(|story| story.title == SUMMIT).unwrap();
        assert_eq!(story.published, seen);
    }
}

// 4. Same stories, same bytes. What is rendered can be parsed back.

#[tokio::test]
async fn same_stories_same_bytes() {
    let (mut one, mut other) = (published().await, published().await);
    for path in ["/atom.xml", "/rss.xml", "/", "/opml.xml"] {
        let sheet = one.sheet(path);
        assert_eq!(sheet.bytes, other.sheet(path).bytes, "{path}");
        one.restart();
        one.wait(EVERY * 100);
        let again = one.sheet(path);
        assert_eq!(
            (&again.bytes, &again.gz, &again.tag),
            (&sheet.bytes, &sheet.gz, &sheet.tag),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_sheet_that_nothing_touched_is_the_same_sheet() {
    let mut site = published().await;
    let before = site.edition();
    site.says(
        "steppe",
        rss([summit(), item("weather", "Rain in the valley")]),
    );
    site.poll().await;
    for sheet in site.edition().iter() {
        assert!(
            Arc::ptr_eq(sheet, before.get(&sheet.path).unwrap()),
            "{}",
            sheet.path
        );
    }
    site.says("steppe", rss([item("bank", BANK)]));
    site.poll().await;
    // Views of other selections renew themselves or not, as they show it.
    for (path, is_same) in [
        ("/", false),
        ("/atom.xml", false),
        ("/rss.xml", false),
        ("/feed.json", false),
        ("/opml.xml", true),
    ] {
        let same = Arc::ptr_eq(&site.sheet(path), before.get(path).unwrap());
        assert_eq!(same, is_same, "{path}");
    }
}

#[tokio::test]
async fn what_is_rendered_can_be_parsed_back() {
    let mut site = Site::new().feed(
        "steppe",
        rss([
            item(
                "1",
                "AT&amp;amp;T, &amp;lt;SCO summit&amp;gt; \"quoted\" 'and' more",
            )
            .lead("a &lt; b ]]&gt; c"),
            item("2", "上合组织峰会在天津举行").lead("各成员国领导人出席会议。"),
            item("3", "اجلاس سران سازمان همکاری شانگهای"),
            item("4", "Саммит ШОС: «итоги» — 😀").author("Ф. Ф. Иванов &amp; Ко"),
        ]),
    );
    site.poll().await;
    let stories = site.stories();
    assert_eq!(stories.len(), 4);
    assert!(
        stories
            .iter()
            .any(|s| s.title == "AT&T, <SCO summit> \"quoted\" 'and' more")
    );
    assert!(stories.iter().any(|s| s.authors == ["Ф. Ф. Иванов & Ко"]));
    let rss = site.rss();
    let page = site.html();
    let headlines = scraper::Selector::parse("article h2 a").unwrap();
    let headlines: Vec<_> = page.select(&headlines).collect();
    assert_eq!((rss.items.len(), headlines.len()), (4, 4));
    for ((story, item), headline) in stories.iter().zip(&rss.items).zip(headlines) {
        assert_eq!(item.title.as_deref(), Some(story.title.as_str()));
        assert_eq!(item.link.as_deref(), Some(story.link.as_str()));
        assert_eq!(
            item.guid.as_ref().map(|guid| guid.value.as_str()),
            Some(story.id.as_str())
        );
        assert_eq!(headline.text().collect::<String>(), story.title);
        assert_eq!(headline.attr("href"), Some(story.link.as_str()));
    }
}

// 5. One bad item, source or panic stays that item's, that source's.

#[tokio::test]
async fn a_panic_is_its_sources_alone() {
    let mut site = Site::new()
        .feed("steppe", rss([item("summit", SUMMIT)]))
        .feed("volga", rss([item("bank", BANK)]));
    let errands = site.claim();
    let mut answers = site.bring(errands).await;
    for answer in &mut answers {
        if answer.errand.source().as_str() == "volga" {
            answer.outcome = Outcome::Failed(Failure::Panicked("index out of bounds".into()));
        }
    }
    site.settle(answers);
    assert_eq!(site.titles(), [SUMMIT]);
    assert_eq!(
        site.wrong("volga"),
        "the parser panicked: index out of bounds"
    );
    site.poll().await;
    assert_eq!(site.titles(), [BANK, SUMMIT]);
    assert_eq!(site.status("volga").state, SourceState::Fine);
}

#[tokio::test]
async fn an_answer_that_cannot_be_stored_undoes_no_other() {
    let mut site = Site::new()
        .feed("steppe", rss([item("summit", SUMMIT)]))
        .feed("volga", rss([item("v-1", SUMMIT), item("v-2", BANK)]))
        .feed(
            "xian",
            rss([item("x-1", "SCO observers become partners this year")]),
        );
    let errands = site.claim();
    let answers = site.bring(errands).await;
    site.rows(
        "CREATE TRIGGER broken BEFORE INSERT ON item WHEN NEW.key LIKE '%v-2'
         BEGIN SELECT RAISE(ABORT, 'this row is broken'); END",
    );
    let settled = site.settle(answers);
    assert_eq!(settled.undone.len(), 1);
    assert!(
        settled.undone[0]
            .1
            .to_string()
            .contains("this row is broken")
    );
    assert_eq!(
        site.titles(),
        ["SCO observers become partners this year", SUMMIT]
    );
    assert_eq!(
        site.rows("SELECT * FROM item WHERE source = 'volga'").len(),
        0
    );
    // What was promised to it stands, and then it is asked again.
    site.rows("DROP TRIGGER broken");
    site.wait(EVERY);
    site.round().await;
    assert_eq!(site.requests("volga").len(), 1);
    site.poll().await;
    assert_eq!(site.titles()[0], BANK);
    assert_eq!(site.stories()[2].also.len(), 1);
}

// 6. No request earlier than promised, whatever happened to the process.

#[tokio::test]
async fn a_kill_after_the_promise_asks_nobody_early() {
    let mut site = Site::new().feed("steppe", rss([item("summit", SUMMIT)]));
    assert_eq!(site.claim().len(), 1);
    site.restart();
    site.wait(EVERY);
    site.round().await;
    assert_eq!(site.requests("steppe").len(), 0);
    site.poll().await;
    assert_eq!(site.titles(), [SUMMIT]);
}

#[tokio::test]
async fn a_kill_after_the_request_asks_nobody_early_and_loses_nothing() {
    let mut site = published().await;
    site.says("steppe", rss([item("summit", SUMMIT), item("bank", BANK)]));
    site.wait(EVERY * 2);
    let errands = site.claim();
    drop(site.bring(errands).await);
    site.restart();
    assert_eq!(site.titles(), [SUMMIT]);
    site.wait(EVERY);
    site.round().await;
    assert_eq!(site.requests("steppe").len(), 2);
    site.poll().await;
    assert_eq!(site.titles(), [BANK, SUMMIT]);
    // No validator was ahead of its items.
    let requests = site.requests("steppe");
    assert_eq!(requests.len(), 3);
    assert_eq!(
        requests[1].field("if-none-match"),
        requests[2].field("if-none-match")
    );
}

#[tokio::test]
async fn restarts_and_reloads_ask_nobody_early() {
    let mut site = published().await;
    for round in 0..12 {
        match round % 3 {
            0 => site.restart(),
            1 => {
                let config = site.config().to_owned();
                site.reload(&config).unwrap();
            }
            _ => {}
        }
        site.round().await;
        site.wait(Duration::from_mins(5));
    }
    assert_eq!(site.requests("steppe").len(), 1);
    site.poll().await;
    let requests = site.requests("steppe");
    assert_eq!(requests.len(), 2);
    assert!(requests[1].at.duration_since(requests[0].at).unsigned_abs() >= EVERY);
}

// 8. Joining moves nothing of the story.

#[tokio::test]
async fn joining_moves_nothing_of_the_story() {
    let mut site = published().await;
    let before = site.story();
    let copy = item("v-1", SUMMIT).lead("Leaders of the member states meet for two days.");
    site.says("volga", rss([copy.date("Mon, 23 Nov 2026 06:00:00 GMT")]));
    let volga = format!(
        "{}\n[[source]]\nname = \"volga\"\nfeed = \"{}\"\nallow_private = true\n",
        site.config(),
        site.address("volga")
    );
    site.reload(&volga).unwrap();
    site.poll().await;
    let after = site.story();
    assert_eq!(after.also, [format!("volga: {SUMMIT}")]);
    assert_eq!(
        Story {
            also: Vec::new(),
            ..after
        },
        before
    );
}

// 9. A config that does not load changes nothing that runs.

#[tokio::test]
async fn a_config_that_does_not_load_changes_nothing() {
    let mut site = published().await;
    let (edition, before) = (site.edition(), memory(&site));
    let due = site.status("steppe").next;
    let good = site.config().to_owned();
    for (bad, line) in [
        (good.replace("name =", "nmae ="), 5),
        (good.replace("title = \"SCO\"", "title = 7"), 2),
        (good.replace("\"1h\"", "\"1 fortnight\""), 8),
        (good.clone() + &good, 1),
        (good.clone() + "\n[[source]]\nname = \"a b\"\n", 11),
        (good.replace('=', ""), 2),
        (good[..good.len() / 2].to_owned() + "\"", 5),
    ] {
        let mistakes = site.reload(&bad).unwrap_err();
        assert!(
            mistakes.iter().all(|mistake| mistake.line >= line),
            "{mistakes}"
        );
        assert_eq!(site.config(), good);
        for sheet in edition.iter() {
            assert!(Arc::ptr_eq(sheet, &site.sheet(&sheet.path)));
        }
        assert_eq!(memory(&site), before);
        assert_eq!(site.status("steppe").next, due);
    }
    site.poll().await;
    assert_eq!(site.status("steppe").state, SourceState::Fine);
}

#[test]
fn no_mutilated_config_brings_the_reader_down() {
    let good = "[feed]\ntitle = \"SCO\"\n[topic]\nvocabulary = \"none\"\n[[source]]\nname = \"a\"\npage = \"https://a.example/\"\n\
                select = { item = \"li\", title = \"a\", link = \"a\" }\nexpect = { items = 5, dates = 0.8 }\n";
    assert!(config::read(good, "feeds.toml").is_ok());
    for at in 0..good.len() {
        for with in ["", "\u{0}", "\"", "é"] {
            let bad = format!("{}{with}{}", &good[..at], &good[at + 1..]);
            if let Err(mistakes) = config::read(&bad, "feeds.toml") {
                assert!(
                    mistakes.to_string().contains("feeds.toml:"),
                    "{bad}\n{mistakes}"
                );
            }
        }
    }
}
