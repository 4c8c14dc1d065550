//! The second look: an item whose feed told too little has its article page
//! read, once, and is published with it, or without it after half an hour.

use std::time::Duration;

use scofeed::model::{Standing, Verdict};

use crate::site::{Answer, Item, Site, item, rss};

const TITLE: &str = "SCO summit opens in Bishkek";
const LEAD: &str =
    "The heads of state of the member countries met on Tuesday to sign twelve papers.";
const MINUTE: Duration = Duration::from_mins(1);

/// An article page.
fn page(title: &str, lead: &str) -> Answer {
    let html = format!(
        "<html lang=\"en\"><head><title>{title}</title>\
         <meta name=\"author\" content=\"Anna Orlova\"></head>\
         <body><article><h1>{title}</h1><p>{lead}</p></article></body></html>"
    );
    Answer::of("text/html", html)
}

/// A headline without a lead, whose page the origin has under `slug`.
fn bare(site: &Site, slug: &str, title: &str) -> Item {
    item(slug, title).link(&site.address(slug))
}

/// A site with one source that looks this far, polled once: its first poll,
/// with nothing about the topic.
async fn looking(look: &str) -> Site {
    let mut site = Site::new()
        .feed(
            "wire",
            rss([item("rain", "Rain in the valley").lead("It rains.")]),
        )
        .with(&format!("look = \"{look}\""));
    site.poll().await;
    assert_eq!(site.titles(), Vec::<String>::new());
    site
}

/// The feed now says these items, and is polled.
async fn shows(site: &mut Site, items: Vec<Item>) {
    site.says("wire", rss(items));
    site.poll().await;
}

#[tokio::test]
async fn a_kept_headline_gets_its_lead_from_its_page() {
    let mut site = looking("kept").await;
    site.says("summit", page(TITLE, LEAD));
    let summit = bare(&site, "summit", TITLE);
    shows(&mut site, vec![summit]).await;
    // It waits for its look.
    assert_eq!(site.titles(), Vec::<String>::new());
    assert_eq!(site.why(TITLE)[0].standing, Standing::AwaitingLook);
    assert_eq!(site.requests("summit").len(), 0);

    let settled = site.round().await;
    assert_eq!(settled.looked.len(), 1);
    let story = site.story();
    assert_eq!((story.title.as_str(), story.lead.as_str()), (TITLE, LEAD));
    assert_eq!(story.authors, ["Anna Orlova"]);
    assert_eq!(site.requests("summit").len(), 1);
}

#[tokio::test]
async fn the_next_headline_only_poll_keeps_the_lead() {
    let mut site = looking("kept").await;
    site.says("summit", page(TITLE, LEAD));
    let summit = bare(&site, "summit", TITLE);
    shows(&mut site, vec![summit.clone()]).await;
    site.round().await;
    let before = site.atom_bytes();
    let other = item("bank", "Weather tomorrow").lead("It rains again.");
    shows(&mut site, vec![summit, other]).await;
    site.round().await;
    assert_eq!(site.atom_bytes(), before);
    // A page is read once.
    assert_eq!(site.requests("summit").len(), 1);
}

#[tokio::test]
async fn what_waits_is_published_after_half_an_hour_without_its_page() {
    let mut site = looking("kept").await;
    site.says("summit", Answer::status(503));
    let summit = bare(&site, "summit", TITLE);
    shows(&mut site, vec![summit]).await;
    let came = site.now();
    for _ in 0..29 {
        site.round().await;
        assert_eq!(site.titles(), Vec::<String>::new());
        site.wait(MINUTE);
    }
    site.wait(MINUTE);
    assert_eq!(site.now().duration_since(came).as_mins(), 30);
    site.round().await;
    let story = site.story();
    assert_eq!((story.title.as_str(), story.lead.as_str()), (TITLE, ""));
    // Asked again every ten minutes and more, never more often.
    let asked = site.requests("summit");
    assert!((2..=3).contains(&asked.len()), "{asked:?}");
    for pair in asked.windows(2) {
        assert!(pair[1].at.duration_since(pair[0].at).as_mins() >= 10);
    }
}

#[tokio::test]
async fn a_page_that_is_gone_ends_the_look() {
    let mut site = looking("kept").await;
    let summit = bare(&site, "summit", TITLE);
    shows(&mut site, vec![summit.clone()]).await;
    let settled = site.round().await;
    assert!(settled.looked[0].wrong.as_ref().unwrap().contains("404"));
    // Nothing more to wait for.
    assert_eq!(site.story().lead, "");
    for _ in 0..5 {
        site.wait(MINUTE * 20);
        site.round().await;
    }
    shows(&mut site, vec![summit]).await;
    site.round().await;
    assert_eq!(site.requests("summit").len(), 1);
    assert_eq!(site.titles(), [TITLE]);
}

#[tokio::test]
async fn a_near_item_becomes_kept_by_its_page() {
    let title = "Lavrov arrives in Astana";
    let near = "SCO under discussion";
    let mut site = looking("near").await;
    site.says(
        "talks",
        page(
            near,
            "Ministers of the Shanghai Cooperation Organisation met in the capital.",
        ),
    );
    site.says("visit", page(title, LEAD));
    let items = vec![bare(&site, "talks", near), bare(&site, "visit", title)];
    shows(&mut site, items).await;
    assert_eq!(site.why(near)[0].verdict, Verdict::Near);
    site.round().await;
    assert_eq!(site.why(near)[0].verdict, Verdict::Keep);
    assert_eq!(site.titles(), [near]);
    // What is not even near has its page left alone.
    assert_eq!(site.requests("visit").len(), 0);
}

#[tokio::test]
async fn all_headlines_without_a_lead_are_looked_at_if_the_admin_says_so() {
    let title = "Lavrov arrives in Astana";
    let mut site = looking("all").await;
    site.says(
        "visit",
        page(
            title,
            "He will take part in the council of the Shanghai Cooperation Organisation.",
        ),
    );
    let visit = bare(&site, "visit", title);
    let fair = bare(&site, "fair", "Fair opens").lead("Forty countries show their goods.");
    shows(&mut site, vec![visit, fair]).await;
    site.round().await;
    assert_eq!(site.titles(), [title]);
    assert_eq!(site.requests("fair").len(), 0);
}

#[tokio::test]
async fn off_asks_for_no_page() {
    let mut site = looking("off").await;
    site.says("summit", page(TITLE, LEAD));
    let summit = bare(&site, "summit", TITLE);
    shows(&mut site, vec![summit]).await;
    assert_eq!(site.titles(), [TITLE]);
    site.round().await;
    assert_eq!(site.requests("summit").len(), 0);
    assert_eq!(site.requests("robots.txt").len(), 0);
}

#[tokio::test]
async fn a_first_poll_causes_ten_looks_at_most() {
    let site = Site::new();
    let items: Vec<Item> = (1..=25)
        .map(|n| {
            bare(
                &site,
                &format!("report-{n}"),
                &format!("SCO summit, report number {n}"),
            )
            .date(&format!("{n:02} Nov 2026 06:00:00 GMT"))
        })
        .collect();
    let mut site = site.feed("wire", rss(items)).with("look = \"all\"");
    for n in 1..=25 {
        let title = format!("SCO summit, report number {n}");
        site.says(&format!("report-{n}"), page(&title, LEAD));
    }
    site.poll().await;
    let mut looked = 0;
    for _ in 0..30 {
        looked += site.round().await.looked.len();
        site.wait(MINUTE);
    }
    assert_eq!(looked, 10);
    // The newest are the ones that are looked at, and shown.
    for n in 1..=25 {
        let asked = site.requests(&format!("report-{n}")).len();
        assert_eq!(asked, usize::from(n > 15), "report {n}");
    }
    assert_eq!(site.titles().len(), 10);
}

#[tokio::test]
async fn robots_txt_keeps_us_from_a_page() {
    let mut site = looking("kept").await;
    site.says(
        "robots.txt",
        Answer::of("text/plain", "User-agent: *\nDisallow: /summit"),
    );
    site.says("summit", page(TITLE, LEAD));
    let summit = bare(&site, "summit", TITLE);
    shows(&mut site, vec![summit]).await;
    site.round().await;
    assert_eq!(site.requests("summit").len(), 0);
    let story = site.story();
    assert_eq!((story.title.as_str(), story.lead.as_str()), (TITLE, ""));
}

/// H-A6: the admin let the source live at one private host; its items lead to
/// no other.
#[tokio::test]
async fn an_item_leads_to_no_other_private_host() {
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    other.set_nonblocking(true).unwrap();
    let port = other.local_addr().unwrap().port();
    let mut site = looking("kept").await;
    let links = [
        format!("http://127.0.0.1:{port}/summit"),
        format!("http://localhost:{port}/summit"),
        "http://169.254.169.254/latest/meta-data".to_owned(),
        "http://10.0.0.1/".to_owned(),
    ];
    let items: Vec<Item> = links
        .iter()
        .enumerate()
        .map(|(n, link)| item(&format!("{n}"), &format!("SCO summit, part {n}")).link(link))
        .collect();
    shows(&mut site, items).await;
    for _ in 0..links.len() {
        let settled = site.round().await;
        for looked in settled.looked {
            let wrong = looked.wrong.unwrap();
            assert!(wrong.contains("refused"), "{wrong}");
        }
    }
    assert!(other.accept().is_err(), "somebody came");
    // The links are published all the same: readers may follow them.
    assert_eq!(site.titles().len(), links.len());
}

/// A soft 404: the publisher sends its front page in place of the article.
#[tokio::test]
async fn a_page_about_something_else_tells_nothing() {
    let mut site = looking("kept").await;
    site.says(
        "summit",
        page(
            "Harbour Review: news of the day",
            "Ferry prices rise again next month, and nobody knows for how long.",
        ),
    );
    let summit = bare(&site, "summit", TITLE);
    shows(&mut site, vec![summit]).await;
    let settled = site.round().await;
    assert!(
        settled.looked[0]
            .wrong
            .as_ref()
            .unwrap()
            .contains("another headline")
    );
    let story = site.story();
    assert_eq!((story.title.as_str(), story.lead.as_str()), (TITLE, ""));
    // Nobody but the outlet is credited.
    assert_eq!(story.authors, ["wire"]);
}

const OTHER: &str = "Ministers of the SCO sign a railway accord in Tashkent";
const EARLY: &str = "Mon, 23 Nov 2026 06:00:00 GMT";
const LATE: &str = "Mon, 23 Nov 2026 09:00:00 GMT";

/// The feed lists two stories, then only the older of them.
async fn vanishes(site: &mut Site) {
    let summit = bare(site, "summit", TITLE).lead(LEAD).date(LATE);
    let other = bare(site, "other", OTHER).lead("An accord.").date(EARLY);
    shows(site, vec![summit, other.clone()]).await;
    assert_eq!(site.titles().len(), 2);
    shows(site, vec![other]).await;
    site.round().await;
}

fn says_withdrawn(site: &mut Site) -> usize {
    let feed = String::from_utf8(site.atom_bytes()).unwrap();
    feed.matches("Withdrawn by its outlet").count()
}

#[tokio::test]
async fn what_its_outlet_withdraws_is_marked_and_stays() {
    let mut site = looking("kept").await;
    vanishes(&mut site).await;
    assert_eq!(site.requests("summit").len(), 1);
    assert_eq!(site.titles().len(), 2);
    assert_eq!(says_withdrawn(&mut site), 1);
    let withdrawn = site.stories().into_iter().find(|s| s.title == TITLE);
    assert!(withdrawn.unwrap().updated > site.stories()[1].published);
    // It is asked for once, and when it is listed again all is well.
    let summit = bare(&site, "summit", TITLE).lead(LEAD).date(LATE);
    let other = bare(&site, "other", OTHER).lead("An accord.").date(EARLY);
    shows(&mut site, vec![other.clone()]).await;
    shows(&mut site, vec![summit, other]).await;
    site.round().await;
    assert_eq!(site.requests("summit").len(), 1);
    assert_eq!(says_withdrawn(&mut site), 0);
}

#[tokio::test]
async fn what_is_only_listed_no_more_is_not_withdrawn() {
    let mut site = looking("kept").await;
    site.says("summit", page(TITLE, LEAD));
    vanishes(&mut site).await;
    for n in 0..3 {
        let other = bare(&site, "other", OTHER).lead("An accord.").date(EARLY);
        let rain = item(&format!("rain-{n}"), "Rain in the valley").lead("It rains.");
        shows(&mut site, vec![other, rain]).await;
        site.round().await;
    }
    assert_eq!(site.requests("summit").len(), 1);
    assert_eq!(says_withdrawn(&mut site), 0);
    assert_eq!(site.titles().len(), 2);
}

#[tokio::test]
async fn a_source_whose_pages_are_not_read_is_not_asked_whether_they_are_there() {
    let mut site = looking("off").await;
    vanishes(&mut site).await;
    assert_eq!(site.requests("summit").len(), 0);
    assert_eq!(says_withdrawn(&mut site), 0);
}

#[tokio::test]
async fn another_outlet_is_shown_in_place_of_one_that_withdrew() {
    let told = "SCO summit opens in Bishkek with twelve papers";
    let rain = item("rain-2", "Rain on the coast").lead("It rains.");
    let mut site = looking("kept").await.feed("post", rss([rain]));
    site.restart();
    let summit = bare(&site, "summit", TITLE).lead(LEAD).date(LATE);
    let other = bare(&site, "other", OTHER).lead("An accord.").date(EARLY);
    shows(&mut site, vec![summit, other.clone()]).await;
    site.says("post", rss([item("told", told).lead(LEAD).date(LATE)]));
    site.poll().await;
    let before = site.stories();
    assert_eq!(before.len(), 2);
    shows(&mut site, vec![other]).await;
    site.round().await;
    let after = site.stories();
    let old = before.iter().find(|story| story.title == TITLE).unwrap();
    let new = after.iter().find(|story| story.title == told).unwrap();
    assert_eq!((&old.id, old.published), (&new.id, new.published));
    assert!(new.updated > old.updated);
    assert_eq!(says_withdrawn(&mut site), 0);
}

/// What a bare headline said before its look was never published.
#[tokio::test]
async fn a_look_leaves_nothing_said_before() {
    let mut site = looking("kept").await;
    site.says("summit", page(TITLE, LEAD));
    let summit = bare(&site, "summit", TITLE);
    shows(&mut site, vec![summit]).await;
    site.round().await;
    let story = site.story();
    let served = site.open_house().await;
    let got = served
        .get(&format!("/story/{}", story.id.replace("urn:uuid:", "")))
        .await;
    assert!(got.text.contains(LEAD));
    assert!(!got.text.contains("What it said before"), "{}", got.text);
}

#[tokio::test]
async fn who_is_shown_in_place_of_one_that_withdrew_stays() {
    let rain = |name: &str| rss([item(name, "Rain on the coast").lead("It rains.")]);
    let mut site = looking("kept")
        .await
        .feed("post", rain("rain-2"))
        .feed("herald", rain("rain-3"))
        .with("priority = 20");
    site.restart();
    site.poll().await;
    vanishes(&mut site).await;
    assert_eq!(says_withdrawn(&mut site), 1);
    let before = site.stories().into_iter().find(|s| s.title == TITLE);
    let before = before.unwrap();
    let shown = |site: &mut Site| {
        let mut stories = site.stories().into_iter();
        stories.find(|story| story.id == before.id).unwrap()
    };
    // The only one that told it withdrew; then others come.
    let told = |slug: &str, more: &str| {
        let title = format!("{TITLE} {more}");
        rss([item(slug, &title).lead(LEAD).date(LATE)])
    };
    site.says("post", told("post-told", "with twelve papers"));
    site.poll().await;
    let post = shown(&mut site);
    assert_eq!(post.title, format!("{TITLE} with twelve papers"));
    assert_eq!(post.published, before.published);
    assert!(post.updated > before.updated, "a reader sees other words");
    assert_eq!(says_withdrawn(&mut site), 0);
    site.says("herald", told("herald-told", "on Tuesday"));
    site.poll().await;
    let herald = shown(&mut site);
    assert_eq!((&herald.title, herald.updated), (&post.title, post.updated));
    assert_eq!(herald.also.len(), 2, "{:?}", herald.also);
    // It is listed again.
    let summit = bare(&site, "summit", TITLE).lead(LEAD).date(LATE);
    shows(&mut site, vec![summit]).await;
    let again = shown(&mut site);
    assert_eq!((&again.title, again.updated), (&post.title, post.updated));
}

const COPIED: &str = "Heads of state gather for SCO talks";

/// An article page that says that its address is another.
fn copy(title: &str, address: &str) -> Answer {
    let html = format!(
        "<html lang=\"en\"><head><title>{title}</title>\
         <link rel=\"canonical\" href=\"{address}\"></head>\
         <body><article><h1>{title}</h1><p>Papers were signed and flags were \
         raised in the afternoon, organisers said.</p></article></body></html>"
    );
    Answer::of("text/html", html)
}

/// A source that looks, and one that does not; both polled once.
async fn copying() -> Site {
    let rain = rss([item("rain-2", "Rain on the coast").lead("It rains.")]);
    let mut site = looking("kept").await.feed("post", rain);
    site.restart();
    site.poll().await;
    site
}

/// `post` has the summit at this address.
async fn tells(site: &mut Site, link: &str) {
    let told = item("told", TITLE).link(link).lead(LEAD);
    site.says("post", rss([told]));
    site.poll().await;
}

#[tokio::test]
async fn a_copy_whose_page_names_the_address_of_another_meets_it() {
    let mut site = copying().await;
    let summit = site.address("summit");
    tells(&mut site, &summit).await;
    site.says("copy", copy(COPIED, &summit));
    let bare = bare(&site, "copy", COPIED);
    shows(&mut site, vec![bare.clone()]).await;
    site.round().await;
    let story = site.story();
    assert_eq!(story.title, TITLE);
    assert_eq!(story.also.len(), 1, "{:?}", story.also);
    assert_eq!(story.updated, story.published.max(story.updated));
    let found = &site.why(&site.address("copy"))[0];
    let (id, _, said) = found.story.clone().unwrap();
    assert_eq!(id.urn(), story.id);
    assert!(said.contains("the same address: "), "{said}");
    // Polls and a restart leave it so.
    let before = site.atom_bytes();
    site.restart();
    let rain = item("rain-3", "Rain in the hills").lead("It rains.");
    shows(&mut site, vec![bare, rain]).await;
    site.round().await;
    assert_eq!(site.atom_bytes(), before);
    assert_eq!(site.rows("SELECT count(*) FROM member"), ["[Integer(2)]"]);
}

#[tokio::test]
async fn what_comes_later_meets_the_copy_that_named_its_address() {
    let mut site = copying().await;
    let summit = site.address("summit");
    site.says("copy", copy(COPIED, &summit));
    let bare = bare(&site, "copy", COPIED);
    shows(&mut site, vec![bare]).await;
    site.round().await;
    assert_eq!(site.titles(), [COPIED]);
    tells(&mut site, &summit).await;
    let story = site.story();
    assert_eq!((story.title.as_str(), story.also.len()), (COPIED, 1));
}

/// Only the own site, or another source's, is believed.
#[tokio::test]
async fn an_address_that_is_nobodys_joins_nothing() {
    let mut site = copying().await;
    tells(&mut site, "https://elsewhere.example/summit").await;
    site.says("copy", copy(COPIED, "https://elsewhere.example/summit"));
    let bare = bare(&site, "copy", COPIED);
    shows(&mut site, vec![bare]).await;
    site.round().await;
    assert_eq!(site.titles().len(), 2);
}

/// Some sites name one address on all their pages.
#[tokio::test]
async fn pages_of_one_source_that_name_one_address_are_not_one_story() {
    let mut site = copying().await;
    let section = site.address("section");
    for (slug, title) in [("copy", COPIED), ("other", OTHER)] {
        site.says(slug, copy(title, &section));
    }
    let items = vec![bare(&site, "copy", COPIED), bare(&site, "other", OTHER)];
    shows(&mut site, items).await;
    site.round().await;
    site.round().await;
    assert_eq!(site.titles().len(), 2);
}

/// Law 3: an undated item has the time at which it was first seen.
#[tokio::test]
async fn an_undated_item_bears_the_time_at_which_it_was_first_seen() {
    let title = "Lavrov arrives in Astana";
    let mut site = looking("all").await;
    let said = "He will take part in the council of the Shanghai Cooperation Organisation.";
    site.says("visit", page(title, said));
    let visit = bare(&site, "visit", title).undated();
    shows(&mut site, vec![visit]).await;
    let seen = site.now();
    site.wait(MINUTE * 7);
    site.round().await;
    assert_eq!(site.titles(), [title]);
    let moment = format!("[Integer({})]", seen.as_millisecond());
    assert_eq!(site.rows("SELECT moment FROM member"), [moment]);
}

/// Law 8: two stories that are published stay two.
#[tokio::test]
async fn a_page_that_is_read_too_late_merges_nothing() {
    let mut site = copying().await;
    let summit = site.address("summit");
    tells(&mut site, &summit).await;
    site.says("copy", Answer::status(503));
    let bare = bare(&site, "copy", COPIED);
    shows(&mut site, vec![bare]).await;
    for _ in 0..30 {
        site.round().await;
        site.wait(MINUTE);
    }
    let before = site.requests("copy").len();
    site.says("copy", copy(COPIED, &summit));
    for _ in 0..60 {
        site.round().await;
        site.wait(MINUTE);
    }
    assert_eq!(site.requests("copy").len(), before + 1);
    let found = &site.why(&site.address("copy"))[0];
    assert_eq!(found.look.as_deref(), Some("read"));
    assert_eq!(site.titles().len(), 2);
}
