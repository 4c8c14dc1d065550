//! `scofeed capture` and `try CAPTURE`: one poll in a file, looked at
//! elsewhere.

use std::fs;

use serde_json::Value;

use crate::cli::{Origin, Place, Ran};
use crate::site::{item, rss};

/// A source with everything that must not be told, in an included file.
fn place(table: &str) -> Place {
    let place = Place::new();
    for folder in ["sources.d", "secrets"] {
        fs::create_dir(place.path(folder)).unwrap();
    }
    place
        .write(
            "feeds.toml",
            "include = [\"sources.d/*.toml\"]\n[feed]\ncontact = \"mailto:editor@desk.example\"\n\
             [topic]\nstrong = [\"harbour fees\"]\n[alert]\ncommand = [\"/opt/pager\", \"k3y\"]\n",
        )
        .write("secrets/post", "reader:hunter2 of mine\n")
        .write(
            "sources.d/post.toml",
            &format!(
                "[[source]]\nname = \"other\"\nfeed = \"https://other.example/\"\n\
                 [[source]]\nname = \"post\"\nallow_private = true\n{table}\n"
            ),
        );
    place
}

fn captured(place: &Place) -> (String, Value) {
    let ran = place.run(&["capture", "post"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let capture = serde_json::from_str(&ran.out).unwrap();
    (ran.out, capture)
}

/// The capture tried where nothing else is.
fn replayed(capture: &str, more: &[&str]) -> Ran {
    let elsewhere = Place::new();
    elsewhere.write("post.json", capture);
    elsewhere.run(&[&["try", "post.json"], more].concat())
}

#[test]
fn a_capture_is_replayed_without_network_and_configuration() {
    let feed = rss([
        item("fees", "The harbour fees rise"),
        item("summit", "SCO summit opens in Bishkek"),
        item("choir", "A choir sings"),
    ]);
    let origin = Origin::new(&[("/feed", "application/rss+xml", &feed)]);
    let place = place(&format!("feed = \"{}/feed\"", origin.address));
    let (text, capture) = captured(&place);
    assert_eq!(origin.requests(), 1);
    assert_eq!(capture["source"], "post");
    assert_eq!(capture["found"]["items"].as_array().unwrap().len(), 3);
    let exchange = &capture["exchanges"][0];
    assert_eq!(exchange["answer"]["status"], 200);
    assert_eq!(exchange["answer"]["text"], feed.as_str());

    let ran = replayed(&text, &[]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    for said in [
        "source \"post\", rules ",
        "/feed: HTTP 200\n",
        "what is found is what was found there\n",
        "The harbour fees rise\n      KEEP\n       + title      strong own \"harbour fees\"",
        "A choir sings\n      DROP",
    ] {
        assert!(ran.out.contains(said), "{said}: {}", ran.out);
    }
    assert!(!ran.out.contains("others"), "{}", ran.out);
    assert_eq!(origin.requests(), 1);
    let json = replayed(&text, &["--json"]);
    assert_eq!(
        serde_json::from_str::<Value>(&json.out).unwrap(),
        capture["found"]
    );

    // Another program finds something else, and says so.
    let other = text
        .replace("The harbour fees rise", "The harbour fees fall")
        .replacen("fees fall", "fees rise", 1);
    let ran = replayed(&other, &[]);
    assert!(ran.out.contains("another there than here: "), "{}", ran.out);
}

#[test]
fn a_capture_holds_no_secret() {
    // Somebody repeats what he was told.
    let feed = rss([item("summit", "SCO summit: hunter2 of mine")]);
    let origin = Origin::new(&[("/feed", "application/rss+xml", &feed)]);
    let place = place(&format!(
        "feed = \"{}/feed\"\nsecret = \"post\"",
        origin.address
    ));
    let (text, capture) = captured(&place);
    // In base64 as in plain text, and nothing of the rest of the file.
    for secret in [
        "hunter2",
        "cmVhZGVyOmh1bnRlcjI",
        "k3y",
        "pager",
        "secret",
        "other.example",
    ] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    let request = capture["exchanges"][0]["request"].as_array().unwrap();
    let hidden = serde_json::json!(["authorization", "[hidden]"]);
    assert!(request.contains(&hidden), "{request:?}");
    let ran = replayed(&text, &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("SCO summit: [hidden]"), "{}", ran.out);
    assert!(ran.out.contains("found there\n"), "{}", ran.out);
}

#[test]
fn the_way_to_a_broken_page_is_in_it() {
    let page = "<html><title>Post</title><div id=news><p>rebuilt</p></div></html>";
    let origin = Origin::new(&[
        ("/robots.txt", "text/plain", "User-agent: *\nAllow: /"),
        ("/list", "text/html", page),
    ]);
    let place = place(&format!(
        "page = \"{}/list\"\nselect = {{ item = \".item\", title = \"a\", link = \"a\" }}",
        origin.address
    ));
    let (text, capture) = captured(&place);
    assert_eq!(capture["exchanges"].as_array().unwrap().len(), 2);
    let error = capture["found"]["error"].as_str().unwrap().to_owned();
    assert!(error.contains(".item"), "{error}");
    let ran = replayed(&text, &[]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    for said in [
        "/robots.txt: HTTP 200\n",
        "/list: HTTP 200\n",
        &error,
        "found there\n",
    ] {
        assert!(ran.out.contains(said), "{said}: {}", ran.out);
    }
    assert_eq!(origin.requests(), 2);
}

#[test]
fn no_answer_is_an_answer() {
    // Nobody listens at the port of an origin that is gone.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    let place = place(&format!("feed = \"http://{address}/feed\""));
    let (text, capture) = captured(&place);
    let error = capture["found"]["error"].as_str().unwrap();
    assert!(error.starts_with("cannot connect: "), "{error}");
    let ran = replayed(&text, &[]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains(&format!("\n  {error}\n")), "{}", ran.out);
    assert!(ran.out.contains("found there\n"), "{}", ran.out);
}

#[test]
fn what_is_no_capture_or_a_hostile_one_is_said() {
    let place = place("feed = \"https://post.example/\"");
    for (name, said) in [
        ("nobody", "no source is called \"nobody\""),
        ("No Body", "1 to 64 of the letters"),
    ] {
        let ran = place.run(&["capture", name]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.err.contains(said), "{}", ran.err);
    }
    let capture = |config: &str| {
        serde_json::json!({
            "scofeed": "0.1.0", "at": "2026-11-20T10:00:00Z", "source": "post",
            "fingerprint": "", "config": config, "exchanges": [], "found": null,
        })
        .to_string()
    };
    let table = "[[source]]\nname = \"post\"\nfeed = \"https://post.example/feed\"\n";
    for (config, said) in [
        ("", "it has no source"),
        ("include = [\"/etc/*\"]", "nothing can be included here"),
        (
            "[[source]]\nname = \"post\"\n",
            "a source without an address",
        ),
        // Nothing is asked for that is not in it.
        (table, "https://post.example/feed was not recorded"),
    ] {
        let ran = replayed(&capture(config), &[]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        let all = ran.out + &ran.err;
        assert!(all.contains(said), "{config}: {all}");
    }
}
