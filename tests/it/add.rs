//! `scofeed add`: what is found at a site, and what becomes of feeds.toml.

use std::fs;

use crate::cli::{Origin, Place, Ran};
use crate::site::{item, rss};

/// A file as an admin keeps it: with comments, blank lines and no last line
/// break.
const FILE: &str = "# Ours.\n\n[feed]\ntitle = \"SCO\"   # as readers see it\n\n\n\
                    # The first.\n[[source]]\nname = \"first\"\nfeed = \"https://first.example/feed\"\n# the end";

fn feed() -> String {
    rss([item("summit", "SCO summit opens in Bishkek")])
}

fn list(head: &str) -> String {
    let rows = (1..=6).map(|n| {
        format!(
            "<div class=item><a class=tit href=/20261120/{n}.html>Harbour number {n} opens \
                 for the season</a><span class=time>2026-11-20 10:0{n}</span></div>"
        )
    });
    let rows: String = rows.collect();
    format!(
        "<html><head><title>Volga Herald</title>{head}</head><body><div id=list>{rows}</div></body></html>"
    )
}

fn added(origin: &Origin, path: &str, more: &[&str]) -> (Place, Ran) {
    let place = Place::new();
    place.write("feeds.toml", FILE);
    let url = format!("{}{path}", origin.address);
    let ran = place.run(&[&["add", &url], more].concat());
    (place, ran)
}

fn file(place: &Place) -> String {
    fs::read_to_string(place.path("feeds.toml")).unwrap()
}

/// The file begins as it was, and what follows loads.
#[track_caller]
fn appended(place: &Place) -> String {
    let text = file(place);
    let addition = text.strip_prefix(FILE).unwrap_or_else(|| panic!("{text}"));
    let check = place.run(&["check"]);
    assert_eq!(check.code, Some(0), "{check:?}");
    addition.to_owned()
}

#[test]
fn a_feed_is_added_as_it_is() {
    let feed = feed();
    let origin = Origin::new(&[("/feed", "application/rss+xml", &feed)]);
    let (place, ran) = added(&origin, "/feed", &["--name", "harbour"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.out.contains("SCO summit opens in Bishkek"),
        "{}",
        ran.out
    );
    let addition = appended(&place);
    let feed = format!("feed     = \"{}/feed\"\n", origin.address);
    for line in [
        "\n\n# ",
        "[[source]]\nname     = \"harbour\"",
        &feed,
        "allow_private = true",
    ] {
        assert!(addition.contains(line), "{line}: {addition}");
    }
    // The robots.txt and the feed.
    assert_eq!(origin.requests(), 2);

    // Once more, and it says so.
    let url = format!("{}/feed", origin.address);
    let before = file(&place);
    let again = place.run(&["add", &url]);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(
        again.out.contains("is there already: source \"harbour\""),
        "{}",
        again.out
    );
    assert_eq!(file(&place), before);
    assert_eq!(origin.requests(), 2);
}

#[test]
fn the_feed_that_a_page_names_is_found() {
    let feed = feed();
    let page = list(
        "<link rel=alternate type=application/atom+xml href=/gone.xml>\
                     <link rel=alternate type=application/rss+xml href=/named.xml>",
    );
    let origin = Origin::new(&[
        ("/news/", "text/html", &page),
        ("/named.xml", "application/rss+xml", &feed),
    ]);
    let (place, ran) = added(&origin, "/news/", &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("/gone.xml: "), "{}", ran.out);
    let addition = appended(&place);
    assert!(addition.contains("/named.xml\"\n"), "{addition}");
    assert!(addition.contains("name     = \"127-0-0-1\""), "{addition}");
}

#[test]
fn a_feed_in_a_common_place_is_found() {
    let feed = feed();
    let page = list("");
    let origin = Origin::new(&[
        ("/", "text/html", &page),
        ("/rss.xml", "application/rss+xml", &feed),
    ]);
    let (place, ran) = added(&origin, "/", &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(appended(&place).contains("/rss.xml\"\n"));
}

#[test]
fn a_page_without_a_feed_gets_selectors_that_work() {
    let page = list("");
    let origin = Origin::new(&[("/news/", "text/html", &page)]);
    let (place, ran) = added(&origin, "/news/", &["--name", "volga"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let addition = appended(&place);
    assert!(
        addition.contains("title    = \"Volga Herald\""),
        "{addition}"
    );
    assert!(
        addition.contains(
            "select   = { item = \"div.item\", title = \"a.tit\", link = \"a.tit\", date = \"span.time\" }"
        ),
        "{addition}"
    );
    assert!(
        addition.contains("expect   = { items = 3, dates = 0.8, links = 0.8 }"),
        "{addition}"
    );
    assert!(addition.contains("# timezone = "), "{addition}");
    // What was shown is what the source yields.
    let tried = place.run(&["try", &format!("{}/news/", origin.address)]);
    assert_eq!(tried.code, Some(0), "{tried:?}");
    assert!(tried.out.contains("list page (selectors)"), "{}", tried.out);
    for n in 1..=6 {
        let headline = format!("2026-11-20 10:0{n}  Harbour number {n} opens for the season");
        assert!(tried.out.contains(&headline), "{}", tried.out);
        assert!(ran.out.contains(&headline), "{}", ran.out);
    }
}

/// Selectors cannot say under which day an entry stands; the page's build
/// tells it.
#[test]
fn selectors_that_read_less_than_the_build_of_the_page_are_not_written() {
    let rows = (1..=6).map(|n| {
        let day = if n % 3 == 1 { format!("<h2>2026-11-2{}</h2>", n / 3) } else { String::new() };
        format!("{day}<div class=row><i>1{n}:05</i><a class=hl href=/n/{n}>Harbour number {n} opens for the season</a></div>")
    });
    let page = format!("<div id=list>{}</div>", rows.collect::<String>());
    let origin = Origin::new(&[("/news/", "text/html", &page)]);
    let (place, ran) = added(&origin, "/news/", &["--name", "volga"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.out.contains("2026-11-20 11:05  Harbour number 1"),
        "{}",
        ran.out
    );
    assert!(
        ran.out
            .contains("6 with a date from 2026-11-20 to 2026-11-21, 6 with a link, 0 with a lead"),
        "{}",
        ran.out
    );
    let addition = appended(&place);
    assert!(!addition.contains("select "), "{addition}");
    assert!(
        addition.contains("expect   = { items = 3, dates = 0.8, links = 0.8 }"),
        "{addition}"
    );
}

#[test]
fn of_several_feeds_the_one_in_the_language_of_the_page_with_most_items_is_taken() {
    let many = |title: &str| rss((1..=4).map(|n| item(&format!("{title}{n}"), title)));
    let (english, comments) = (
        many("The harbour is open again to all of the ships"),
        many("What the readers say of it, and why it is so"),
    );
    let few = rss([item(
        "1",
        "В Бишкеке открылся саммит ШОС, приехали все главы",
    )]);
    let own = rss((1..=3).map(|n| {
        item(
            &n.to_string(),
            "Страны договорились о новом коридоре на юге",
        )
    }));
    let feeds = ["/comments/feed", "/en.xml", "/sport.xml", "/all.xml"];
    let links =
        feeds.map(|path| format!("<link rel=alternate type=application/rss+xml href={path}>"));
    let page = format!(
        "<html lang=ru><title>Голос</title>{}<p>Новости</p></html>",
        links.concat()
    );
    let origin = Origin::new(&[
        ("/", "text/html", &page),
        ("/comments/feed", "application/rss+xml", &comments),
        ("/en.xml", "application/rss+xml", &english),
        ("/sport.xml", "application/rss+xml", &few),
        ("/all.xml", "application/rss+xml", &own),
    ]);
    let (place, ran) = added(&origin, "/", &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let addition = appended(&place);
    assert!(addition.contains("/all.xml\"\n"), "{addition}");
    for told in ["/en.xml: a feed of 4: ", "/sport.xml: a feed of 1: "] {
        assert!(ran.out.contains(told), "{}", ran.out);
    }
}

/// What a broken page would be proposed today, and what failed of what is
/// configured.
#[test]
fn a_source_whose_selectors_fail_is_told_and_proposed_anew() {
    let page = list("");
    let origin = Origin::new(&[("/news/", "text/html", &page)]);
    let url = format!("{}/news/", origin.address);
    let place = Place::new();
    let source = format!(
        "[[source]]\nname = \"volga\"\npage = \"{url}\"\nallow_private = true\n\
         select = {{ item = \".gone\", title = \"a\", link = \"a\" }}\n"
    );
    place.write("feeds.toml", &source);
    let tried = place.run(&["try", &url]);
    assert_eq!(tried.code, Some(1), "{tried:?}");
    let told = "selector `item` (.gone) found nothing; read by repeated links";
    assert!(tried.out.contains(told), "{}", tried.out);
    let known = place.run(&["add", &url]);
    assert!(
        known.out.contains("--dry-run shows what would be"),
        "{}",
        known.out
    );
    let shown = place.run(&["add", "--dry-run", &url]);
    assert!(shown.out.contains("item = \"div.item\""), "{}", shown.out);
    assert_eq!(file(&place), source);
}

#[test]
fn a_preview_changes_nothing() {
    let page = list("");
    let origin = Origin::new(&[("/news/", "text/html", &page)]);
    let (place, ran) = added(&origin, "/news/", &["--dry-run"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("[[source]]\n"), "{}", ran.out);
    assert!(ran.out.contains("nothing is written"), "{}", ran.out);
    assert_eq!(file(&place), FILE);
}

#[test]
fn what_is_nothing_to_poll_is_said_and_not_added() {
    let page = "<html><title>About us</title><h1>About us</h1><p>We are.</p></html>";
    let feed = feed();
    let origin = Origin::new(&[("/about", "text/html", page)]);
    for (path, said) in [
        ("/about", "nothing to poll was found"),
        ("/gone", "nothing to poll"),
    ] {
        let (place, ran) = added(&origin, path, &[]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.err.contains(said), "{}", ran.err);
        assert_eq!(file(&place), FILE);
    }
    // Not a word is asked where robots.txt forbids it.
    let origin = Origin::new(&[
        (
            "/robots.txt",
            "text/plain",
            "User-agent: *\nDisallow: /feed",
        ),
        ("/feed", "application/rss+xml", &feed),
    ]);
    let (place, ran) = added(&origin, "/feed", &[]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("robots.txt of 127.0.0.1"), "{}", ran.out);
    assert_eq!(file(&place), FILE);
    assert_eq!(origin.requests(), 1);
}

#[test]
fn names_are_legal_and_nobody_elses() {
    let feed = feed();
    let origin = Origin::new(&[("/feed", "application/rss+xml", &feed)]);
    for (name, said) in [
        ("first", "another source is called"),
        ("No Name", "letters a-z"),
    ] {
        let (place, ran) = added(&origin, "/feed", &["--name", name]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.err.contains(said), "{}", ran.err);
        assert_eq!(file(&place), FILE);
    }
}

#[test]
fn a_file_that_includes_others_is_added_to_as_well() {
    let feed = feed();
    let origin = Origin::new(&[("/feed", "application/rss+xml", &feed)]);
    let place = Place::new();
    fs::create_dir(place.path("sources.d")).unwrap();
    let file = "include = [\"sources.d/*.toml\"]\n";
    place.write("feeds.toml", file).write(
        "sources.d/127.toml",
        "[[source]]\nname = \"127-0-0-1\"\nfeed = \"https://first.example/\"\n",
    );
    let ran = place.run(&["add", &format!("{}/feed", origin.address)]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.out.contains("name     = \"127-0-0-1-2\""),
        "{}",
        ran.out
    );
    assert_eq!(place.run(&["check"]).code, Some(0));
}

/// A page that neither names a feed nor has a list.
const BARE: &str = "<html><title>Volga</title><h1>Volga</h1><p>Welcome.</p></html>";

#[test]
fn a_sitemap_that_robots_txt_names_is_found_through_its_list() {
    let robots = "User-agent: *\nDisallow: /admin\nSitemap: /sitemaps.xml";
    let list = "<sitemapindex><sitemap><loc>/pages.xml</loc><lastmod>2026-01-01</lastmod></sitemap>\
        <sitemap><loc>/november.xml</loc><lastmod>2026-11-20</lastmod></sitemap></sitemapindex>";
    let news = "<urlset xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'><url>\
        <loc>https://volga.example/1</loc><news:news><news:publication_date>2026-11-20</news:publication_date>\
        <news:title>Harbour opens again for the season</news:title></news:news></url></urlset>";
    let origin = Origin::new(&[
        ("/robots.txt", "text/plain", robots),
        ("/", "text/html", BARE),
        ("/sitemaps.xml", "text/xml", list),
        ("/november.xml", "text/xml", news),
    ]);
    let (place, ran) = added(&origin, "/", &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.out.contains("/sitemaps.xml: a list of sitemaps"),
        "{}",
        ran.out
    );
    let sitemap = format!("sitemap  = \"{}/november.xml\"\n", origin.address);
    assert!(appended(&place).contains(&sitemap), "{}", ran.out);
}

#[test]
fn a_link_that_is_called_rss_is_followed_also_over_a_page_of_feeds() {
    let feed = feed();
    let page = "<title>Volga</title><p>Welcome. <a href='/out?id=7'><b>RSS</b></a>";
    let feeds =
        "<title>Our feeds</title><p><a href=/all.xml>nothing</a> <a href=/rss/all.xml>All news</a>";
    for documents in [
        vec![("/", "text/html", page), ("/out?id=7", "text/xml", &*feed)],
        vec![
            ("/", "text/html", page),
            ("/out?id=7", "text/html", feeds),
            ("/rss/all.xml", "text/xml", &*feed),
        ],
    ] {
        let origin = Origin::new(&documents);
        let (place, ran) = added(&origin, "/", &[]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let (found, ..) = documents.last().unwrap();
        let found = format!("feed     = \"{}{found}\"\n", origin.address);
        assert!(appended(&place).contains(&found), "{}", ran.out);
    }
}

#[test]
fn a_feed_that_has_brought_nothing_for_long_is_told() {
    let old = item("summit", "SCO summit opens in Bishkek").date("Fri, 01 Mar 2024 10:00:00 GMT");
    let old = rss([old]);
    let origin = Origin::new(&[("/feed", "application/rss+xml", &old)]);
    let (_, ran) = added(&origin, "/feed", &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let told = "the newest item is of 2024-03-01";
    assert!(ran.out.contains(told), "{}", ran.out);
    assert!(ran.out.contains("may be abandoned"), "{}", ran.out);
}

/// The service asks `robots.txt` before it reads a page; a person may look all
/// the same.
#[test]
fn what_robots_txt_forbids_is_told() {
    let page = list("");
    let feed = feed();
    let origin = Origin::new(&[
        ("/robots.txt", "text/plain", "User-agent: *\nDisallow: /"),
        ("/news/", "text/html", &page),
        ("/feed", "application/rss+xml", &feed),
    ]);
    let (place, ran) = added(&origin, "/news/", &[]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.err.contains("robots.txt forbids programs to read"),
        "{}",
        ran.err
    );
    let told = "disallows /news/: the service would not read it";
    let tried = place.run(&["try", &format!("{}/news/", origin.address)]);
    assert!(tried.out.contains(told), "{}", tried.out);
    assert!(tried.out.contains("6 items"), "{}", tried.out);
    let tried = place.run(&["try", &format!("{}/feed", origin.address)]);
    assert!(!tried.out.contains("disallows"), "{}", tried.out);
}
