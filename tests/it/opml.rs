//! `scofeed opml`: the list of a feed reader becomes sources, and back.

use std::fmt::Write as _;
use std::fs;

use crate::cli::{Place, Ran};

/// A file as an admin keeps it, part of it in another file.
const FILE: &str = "# Ours.\ninclude = [\"sources.d/*.toml\"]\n\n[feed]\ntitle = \"SCO\"   # as readers see it\nurl = \"https://sco.example/\"\n\n\
                    [[source]]\nname = \"harbour\"\nfeed = \"https://harbour.example/feed\"\n# the end";

fn place() -> Place {
    let place = Place::new();
    fs::create_dir(place.path("sources.d")).unwrap();
    place.write("feeds.toml", FILE).write(
        "sources.d/east.toml",
        "[[source]]\nname = \"lake\"\ntitle = \"Озеро\"\nfeed = \"https://lake.example/rss\"\n",
    );
    place
}

fn imported(place: &Place, opml: &str, more: &[&str]) -> Ran {
    place.write("list.opml", opml);
    place.run(&[&["opml", "import", "list.opml"], more].concat())
}

/// What is there beyond what was.
fn added(place: &Place) -> String {
    let text = fs::read_to_string(place.path("feeds.toml")).unwrap();
    let check = place.run(&["check"]);
    assert_eq!(check.code, Some(0), "{check:?}");
    text.strip_prefix(FILE).unwrap().to_owned()
}

/// An export as readers write them: folders, a bare `&`, an address twice, one
/// that is a source already, and some that cannot be one.
const LIST: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<opml version="1.1">
  <head><title>subscriptions</title></head>
  <body>
    <!-- <outline text="Old" xmlUrl="https://old.example/"/> -->
    <outline text="Asia">
      <outline text="Steppe &amp; Sea" type="rss"
        xmlUrl="https://steppe.example/rss?a=1&b=2" htmlUrl="https://steppe.example/"/>
      <outline title="Волга" XMLURL='https://www.volga.example/feed'/>
    </outline>
    <outline text="Again" xmlUrl="https://steppe.example/rss?a=1&amp;b=2"/>
    <outline text="Harbour" xmlUrl="https://harbour.example/feed"/>
    <outline text="Lake" xmlUrl="https://lake.example/rss"/>
    <outline text="Router" xmlUrl="http://192.168.1.1/feed"/>
    <outline text="Here" xmlUrl="http://localhost:8080/feed"/>
    <outline text="File" xmlUrl="file:///etc/passwd"/>
    <outline text="Secret" xmlUrl="https://user:hunter2@wall.example/"/>
    <outline text="Secret too" xmlUrl="user:hunter2@wall.example"/>
    <outline text="Ours" xmlUrl="https://sco.example/atom.xml"/>
    <outline text="A page" type="link" url="https://page.example/"/>
    <outline text="Steppe &lt;b&gt;&amp;amp;&lt;/b&gt; Sea&#10;[feed]" xmlUrl="https://other.example/"/>
  </body>
</opml>
"#;

#[test]
fn each_outline_is_told_of_and_the_new_feeds_are_added() {
    let place = place();
    let shown = imported(&place, LIST, &["--dry-run"]);
    assert_eq!(shown.code, Some(0), "{shown:?}");
    assert!(
        shown.out.ends_with("nothing is written to ./feeds.toml\n")
            || shown.out.ends_with("nothing is written to feeds.toml\n"),
        "{}",
        shown.out
    );
    assert_eq!(added(&place), "");

    let ran = imported(&place, LIST, &[]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    assert_eq!(
        ran.out,
        "line 7: Steppe & Sea: new: source \"steppe-sea\"\n\
         line 9: Волга: new: source \"volga-example\"\n\
         line 11: Again: the same feed as on line 7\n\
         line 12: Harbour: is there already: source \"harbour\"\n\
         line 13: Lake: is there already: source \"lake\"\n\
         line 14: Router: left out: refused to connect: 192.168.1.1:80 is at 192.168.1.1, which is not a public address\n\
         line 15: Here: left out: refused to connect: localhost:8080 is this machine\n\
         line 16: File: left out: its address is no web address\n\
         line 17: Secret: left out: refused to connect: an address with user name or password\n\
         line 18: Secret too: left out: its address is no web address\n\
         line 19: Ours: left out: the feed that we publish ourselves\n\
         line 20: A page: left out: a link, not a feed; `scofeed add` finds what to poll there\n\
         line 21: Steppe & Sea [feed]: new: source \"steppe-sea-feed\"\n\
         added to feeds.toml; a running scofeed reads it at once\n"
    );
    assert_eq!(
        added(&place),
        "\n\n[[source]]\n\
         name     = \"steppe-sea\"\n\
         title    = \"Steppe & Sea\"\n\
         feed     = \"https://steppe.example/rss?a=1&b=2\"\n\
         \n[[source]]\n\
         name     = \"volga-example\"\n\
         title    = \"Волга\"\n\
         feed     = \"https://www.volga.example/feed\"\n\
         \n[[source]]\n\
         name     = \"steppe-sea-feed\"\n\
         title    = \"Steppe & Sea [feed]\"\n\
         feed     = \"https://other.example/\"\n"
    );

    // Once more, and it says so.
    let before = fs::read_to_string(place.path("feeds.toml")).unwrap();
    let again = imported(&place, LIST, &[]);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(again.out.ends_with("nothing is added\n"), "{}", again.out);
    let after = fs::read_to_string(place.path("feeds.toml")).unwrap();
    assert_eq!(after, before);
}

#[test]
fn what_is_exported_can_be_imported() {
    let place = place();
    let export = place.run(&["opml", "export"]);
    assert_eq!((export.code, export.err.as_str()), (Some(0), ""));
    let opml = roxmltree::Document::parse(&export.out).unwrap();
    assert_eq!(opml.root_element().attribute("version"), Some("2.0"));

    let other = Place::new();
    other.write("feeds.toml", "");
    let ran = imported(&other, &export.out, &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let text = fs::read_to_string(other.path("feeds.toml")).unwrap();
    for line in [
        "name     = \"harbour\"\n",
        "feed     = \"https://harbour.example/feed\"\n",
        "name     = \"lake\"\ntitle    = \"Озеро\"\nfeed     = \"https://lake.example/rss\"\n",
    ] {
        assert!(text.contains(line), "{text}");
    }
    assert_eq!(
        other
            .run(&["opml", "export"])
            .out
            .matches("<outline")
            .count(),
        2
    );
}

fn list(outlines: usize) -> String {
    let mut list = "<opml><body>\n".to_owned();
    for n in 0..outlines {
        writeln!(
            list,
            "<outline text='Post' xmlUrl='https://post.example/{n}'/>"
        )
        .unwrap();
    }
    list + "</body></opml>"
}

#[test]
fn a_hostile_file_is_bounded() {
    let place = place();
    // As many as there may be, and one more.
    let ran = imported(&place, &list(998), &["--dry-run"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let ran = imported(&place, &list(999), &[]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("there may be 1000 sources"), "{}", ran.err);
    let ran = imported(&place, &list(50_000), &[]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.lines().count() < 3_000, "{}", ran.out.len());

    // Folders in folders.
    let (open, close) = (
        "<outline text='a'>\n".repeat(10_000),
        "</outline>".repeat(10_000),
    );
    let feed = "<outline text='Deep' xmlUrl='https://deep.example/'/>";
    let deep = format!("<opml><body>{open}{feed}{close}</body></opml>");
    let ran = imported(&place, &deep, &["--dry-run"]);
    assert!(ran.out.starts_with("line 10001: Deep: new"), "{}", ran.out);

    // Entities that grow, a file that is cut off, one that is something else.
    let growing = "<!DOCTYPE opml [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]>\
                   <opml><outline text='&b;&b;' xmlUrl='https://b.example/'/></opml>";
    let ran = imported(&place, growing, &["--dry-run"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for cut in [600, LIST.len() - 4] {
        let ran = imported(&place, &LIST[..cut], &[]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{ran:?}");
        let said = "list.opml: the file ends in the middle: nothing is added";
        assert!(ran.err.contains(said), "{}", ran.err);
    }
    for text in ["", "<html><body>no list</body></html>", "\0\u{1}"] {
        let ran = imported(&place, text, &[]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.err.contains("list.opml: no OPML"), "{}", ran.err);
    }
    let ran = place.run(&["opml", "import", "none.opml"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("none.opml: No such file"), "{}", ran.err);
    assert_eq!(added(&place), "");
}
