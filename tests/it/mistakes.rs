//! Mistakes in feeds.toml: each is told once, at its line, in words that help.

// Clippy then knows every helper for a test's, which may unwrap.
#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};

use scofeed::config::{self, Mistakes};
use scofeed::model::SourceKey;

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/config")
        .join(name)
}

/// A file with every key.
pub(crate) fn whole() -> String {
    fs::read_to_string(path("whole.toml")).unwrap()
}

/// The same without the vocabulary, which takes a while to compile.
fn quick() -> String {
    whole()
        .replace("vocabulary = \"sco\"", "vocabulary = \"none\"")
        .replace("[\"SCO RATS\"]", "[]")
        .replace("[\"Salt Road\"]", "[]")
        .replace("[\"Ferry\"]", "[]")
}

fn mistakes(text: &str) -> Option<Mistakes> {
    config::read(text, "feeds.toml").err()
}

/// A file with one mistake, and the line it is in.
pub(crate) struct Mutation {
    pub(crate) what: String,
    pub(crate) text: String,
    line: usize,
}

/// What can be done to a line that sets a key, or is a header.
fn mutations_of(line: &str) -> Vec<(&'static str, String)> {
    if let Some((key, value)) = line.split_once('=') {
        let typed = value.trim_start();
        let other = if typed.starts_with(|c: char| c.is_ascii_digit()) {
            "\"seven\""
        } else {
            "7"
        };
        let first = &key[..1];
        let mut mutations = vec![
            ("a misspelt key", format!("{first}{line}")),
            ("another type", format!("{key}= {other}")),
            ("a key without `=`", format!("{}{value}", key.trim_end())),
            ("a colon", format!("{}:{value}", key.trim_end())),
            ("a key twice", format!("{line}\n{line}")),
            ("no value", format!("{key}=")),
        ];
        if typed.ends_with(['"', ']', '}']) {
            mutations.push(("an open end", line[..line.len() - 1].to_owned()));
        }
        return mutations;
    }
    if line.starts_with('[') {
        let name = line.trim_matches(['[', ']']);
        return vec![
            ("a bracket less", line.replacen(']', "", 1)),
            ("a bracket less before", line.replacen('[', "", 1)),
            ("a misspelt header", line.replace(name, &format!("{name}x"))),
        ];
    }
    Vec::new()
}

pub(crate) fn mutations() -> Vec<Mutation> {
    let whole = quick();
    let lines: Vec<&str> = whole.lines().collect();
    let mut mutations = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        for (what, mutated) in mutations_of(line) {
            let mut lines = lines.clone();
            lines[at] = &mutated;
            mutations.push(Mutation {
                what: format!("{what}: {line}"),
                text: lines.join("\n"),
                line: at + 1 + usize::from(what == "a key twice"),
            });
        }
    }
    mutations
}

#[test]
fn the_file_with_every_key_loads() {
    if let Some(mistakes) = mistakes(&whole()) {
        panic!("{mistakes}");
    }
}

#[test]
fn every_mutation_is_told_once_and_at_its_line() {
    let mutations = mutations();
    assert!(mutations.len() >= 300, "{}", mutations.len());
    let mut wrong = Vec::new();
    for Mutation { what, text, line } in &mutations {
        let Some(mistakes) = mistakes(text) else {
            wrong.push(format!("{what}\n  loads"));
            continue;
        };
        let lines: Vec<usize> = mistakes.iter().map(|mistake| mistake.line).collect();
        if lines != [*line] {
            wrong.push(format!("{what}\n  {lines:?}, not {line}\n{mistakes}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// A file cut off anywhere, as a half-written one is, does not end anything.
#[test]
fn a_half_written_file_is_a_mistake_or_a_shorter_file() {
    let whole = quick();
    let ends = whole.char_indices().map(|(at, _)| at);
    for end in ends.step_by(7) {
        if let Some(mistakes) = mistakes(&whole[..end]) {
            let last = whole[..end].lines().count().max(1);
            let beyond = mistakes.iter().find(|mistake| mistake.line > last + 1);
            assert!(beyond.is_none(), "cut at {end}: {mistakes}");
        }
    }
}

#[test]
fn many_damages_are_told_together_and_a_file_of_nonsense_briefly() {
    let text = whole()
        .replace("[\"Lake Club\"]", "[\"Lake Club\"")
        .replace("enabled  = true", "enabled  = True")
        .replace("keep = \"45d\"", "keeps = \"45d\"");
    let told = mistakes(&text).unwrap();
    let lines: Vec<usize> = told.iter().map(|mistake| mistake.line).collect();
    assert_eq!(lines.len(), 3, "{told}");
    assert!(lines.is_sorted(), "{told}");
    let nonsense = "<p>This page has moved</p>\n".repeat(10_000);
    let told = mistakes(&nonsense).unwrap();
    assert!((1..=20).contains(&told.iter().count()), "{told}");
}

#[test]
fn a_secret_in_an_address_is_shown_nowhere() {
    for address in [
        "https://editor:hunter2@lakes.example/",
        "//editor:hunter2@lakes",
    ] {
        let text = whole().replace("https://lakes.example/", address);
        let told = mistakes(&text).unwrap().to_string();
        assert!(!told.contains("hunter2"), "{told}");
        assert!(told.contains("8 | url      = ****"), "{told}");
    }
    let text = whole().replace("secret   = \"lake-post\"", "secret   = \"lake:hunter2\"");
    let told = mistakes(&text).unwrap().to_string();
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn a_mistake_in_an_included_file_is_told_with_its_name() {
    let place = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(place.path().join(name), text).unwrap();
    fs::create_dir(place.path().join("sources.d")).unwrap();
    let source = |name: &str| {
        format!("[[source]]\nname = \"{name}\"\nfeed = \"https://{name}.example/feed\"\n")
    };
    write(
        "sources.d/10-lakes.toml",
        &(source("lake") + &source("pond")),
    );
    write("sources.d/20-hills.toml", &source("hill"));
    write("sources.d/.20-hills.toml.swp", "b0VIM");
    write("sources.d/20-hills.toml~", "[[source");
    write("more.toml", &source("steppe"));
    let main = "include = [\"sources.d/*.toml\", \"more.toml\"]\n";
    write("feeds.toml", &(main.to_owned() + &source("river")));
    let path = place.path().join("feeds.toml");
    let config = config::load(&path).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let names: Vec<&str> = config.sources.keys().map(SourceKey::as_str).collect();
    assert_eq!(names, ["hill", "lake", "pond", "river", "steppe"]);

    let again = source("river").replace("river.example", "brook.example");
    write("sources.d/20-hills.toml", &again);
    write("more.toml", "[topic]\nstrong = [\"Lake Club\"\n");
    let main = main.replace("more.toml\"", "more.toml\", \"less.toml\", \"a/*.toml\"");
    write("feeds.toml", &(main + &source("river")));
    let told = config::load(&path).unwrap_err();
    assert!(told.brief().starts_with("line 1: cannot"), "{told}");
    let told = told.to_string();
    let folder = format!("{}/", place.path().display());
    assert_eq!(
        told.replace(&folder, ""),
        r#"error: cannot include less.toml: No such file or directory (os error 2)
 --> feeds.toml:1:45
  |
1 | include = ["sources.d/*.toml", "more.toml", "less.toml", "a/*.toml"]
  |                                             ^^^^^^^^^^^
  = help: a path beside this file, such as "sources.d/*.toml"
error: cannot include "a/*.toml": No such file or directory (os error 2)
 --> feeds.toml:1:58
  |
1 | include = ["sources.d/*.toml", "more.toml", "less.toml", "a/*.toml"]
  |                                                          ^^^^^^^^^^
  = help: a path beside this file, such as "sources.d/*.toml"
error: a second source is called "river"
 --> sources.d/20-hills.toml:2:8
  |
2 | name = "river"
  |        ^^^^^^^
  = help: a name is a source's key: give this one another
error: unknown key `topic` in an included file
 --> more.toml:1:2
  |
1 | [topic]
  |  ^^^^^
  = help: known here: source, view
error: this `[` is never closed
 --> more.toml:2:10
  |
2 | strong = ["Lake Club"
  |          ^
  = help: add a `]` where it ends
feeds.toml: 5 mistakes; nothing was changed"#
    );
}

/// What is replaced in the whole file, and by what.
const BY_HAND: &[(&str, &str)] = &[
    (r#"title    = "Lakes""#, r#"titel    = "Lakes""#),
    (r#"title    = "Lakes""#, "title    = Lakes"),
    (r#"title    = "Lakes""#, "title    = “Lakes”"),
    (r#"title    = "Lakes""#, r#"title    = "Lakes"#),
    (r#"title    = "Lakes""#, r#"title    = """#),
    (r#"title    = "Lakes""#, "title    ="),
    (r#"title    = "Lakes""#, r#"title: "Lakes""#),
    (r#"title    = "Lakes""#, r#"title    = "Lakes","#),
    (r#"title    = "Lakes""#, r#"title    = "Lakes\q""#),
    (r#"title    = "Lakes""#, r#"title    = ["Lakes"]"#),
    (
        r#"url      = "https://lakes.example/""#,
        r#"url      = "lakes.example""#,
    ),
    (
        r#"url      = "https://lakes.example/""#,
        r#"url      = "https://editor:secret@lakes.example/""#,
    ),
    (
        r#"contact  = "mailto:editor@lakes.example""#,
        r#"contact  = "editor@lakes.example""#,
    ),
    (
        r#"language = "en"
rights"#,
        r#"language = "English"
rights"#,
    ),
    ("[topic]", "[topic"),
    ("[topic]", "[topics]"),
    (r#"vocabulary = "sco""#, r#"vocabulary = "oas""#),
    ("within     = 12", r#"within     = "12""#),
    ("within     = 12", "within     = 5000"),
    (
        r#"fields     = ["title", "summary", "categories"]"#,
        r#"fields     = ["title", "sumary"]"#,
    ),
    (
        r#"strong     = ["Lake Club"]"#,
        r#"strong     = "Lake Club""#,
    ),
    (
        r#"strong     = ["Lake Club"]"#,
        r#"strong     = ["Lake Club""#,
    ),
    (
        r#"strong     = ["Lake Club"]"#,
        r#"strong     = ["Lake Club" "Pier Club"]"#,
    ),
    (
        r#"strong     = ["Lake Club"]"#,
        r#"strong     = ["Lake Club", Pier]"#,
    ),
    (
        r#"strong     = ["Lake Club"]"#,
        r#"strong     = ["Lak*e Club"]"#,
    ),
    (r#"strong     = ["Lake Club"]"#, r#"strong     = ["sea"]"#),
    (
        r#"strong     = ["Lake Club"]"#,
        r#"strong     = ["Lake Club", "Salt Road"]"#,
    ),
    (
        r#"remove     = ["SCO RATS"]"#,
        r#"remove     = ["SCO RAT"]"#,
    ),
    (r#"name     = "lake-post""#, r#"name     = "Lake Post""#),
    (r#"name     = "lake-post""#, "# no name"),
    (r#"name   = "steppe""#, r#"name   = "lake-post""#),
    (
        r#"feed     = "https://lake-post.example/feed""#,
        r#"feed     = "file:///etc/passwd""#,
    ),
    (
        r#"feed     = "https://lake-post.example/feed""#,
        "# no address",
    ),
    (
        r#"feed     = "https://lake-post.example/feed""#,
        r#"feed     = "https://lake-post.example/feed"
page     = "https://lake-post.example/""#,
    ),
    (
        r#"sitemap = "https://river.example/news.xml""#,
        r#"sitemap = "https://steppe.example/news""#,
    ),
    ("enabled  = true", "enabled  = True"),
    ("enabled  = true", r#"enabled  = "true""#),
    (r#"every    = "1h 30m""#, r#"every    = "hourly""#),
    (r#"every    = "1h 30m""#, "every    = 90"),
    (r#"every    = "1h 30m""#, r#"every    = "5m""#),
    (r#"match    = "topic""#, r#"match    = "topics""#),
    (r#"timezone = "Asia/Bishkek""#, r#"timezone = "Bishkek""#),
    ("priority = 10", "priority = 1000"),
    (r#"look     = "near""#, r#"look     = "always""#),
    (
        r#"select = { item = "li", title = "a", link = "a", date"#,
        r#"select = { item = "li", title = "a", date"#,
    ),
    (
        r#"select = { item = "li", title"#,
        r#"select = { item = "li[", title"#,
    ),
    (
        "expect = { items = 5, dates = 0.8, links = 1, titles = 0.9 }",
        "expect = { items = 5, dates = 80, links = 1, titles = 0.9 }",
    ),
    (
        "expect = { items = 5, dates = 0.8, links = 1, titles = 0.9 }",
        "expect = { items = 5, dates = 0.8, links = 1, titles = 0.9",
    ),
    (
        r#"robots   = "the editor agreed""#,
        r#"select   = { item = "li", title = "a", link = "a" }"#,
    ),
    (r#"robots   = "the editor agreed""#, "robots   = true"),
    (r#"secret   = "lake-post""#, r#"secret   = "lake:hunter2""#),
    (r#"name       = "trade""#, r#"name       = "archive""#),
    (
        r#"sources    = ["lake-post"]"#,
        r#"sources    = ["lakepost"]"#,
    ),
    ("[[view]]", "[view]"),
    ("[[view]]", "[[view]"),
    ("[stories]", "[[stories]]"),
    (
        r#"[ledger]
keep = "45d""#,
        r#"[ledger]
keep = "45 days""#,
    ),
    (
        r#"[ledger]
keep = "45d""#,
        r#"[ledger]
keep = "1h""#,
    ),
    (r#"listen  = "127.0.0.1:8080""#, r#"listen  = "localhost""#),
    (r#"listen  = "127.0.0.1:8080""#, "listen  = 8080"),
    (
        r#"directory = "www""#,
        r#"directory = "www"
directory = "public""#,
    ),
    ("[publish]", "[feed]"),
    ("dates = 0.8", r#"dates = "80%""#),
    ("dates = 0.8", "dates = 0,8"),
    ("enabled  = true", r#"enabled  = "no""#),
    ("enabled  = true", "enabled  = 1"),
    ("enabled  = true", "enabled  = yes"),
    ("enabled  = true", "enabled  = on"),
    (r#"title    = "Lakes""#, "title\u{a0}   = \"Lakes\""),
    (r#"title    = "Lakes""#, "title    = \u{200b}\"Lakes\""),
    (r#"title    = "Lakes""#, "\u{feff}title    = \"Lakes\""),
    (r#"title    = "Lakes""#, "title    = \"La\0kes\""),
    (r#"item = "li", title"#, r#"item = "li >", title"#),
    (
        r#"title    = "Lakes""#,
        "title    = \"Lakes\"\ninclude  = []",
    ),
    (r#"directory = "www""#, r#"directory = "C:\feeds\x""#),
    (r#"every    = "1h 30m""#, r#"every    = "0h""#),
    (
        r#"feed     = "https://lake-post.example/feed""#,
        r#"feed     = "https://lake-post.example:99999/feed""#,
    ),
    (
        r#"feed     = "https://lake-post.example/feed""#,
        r#"feed     = "https://lake post.example/feed""#,
    ),
    (
        r#"author = ".by", language = ".l" }"#,
        r#"author = ".by", langage = ".l", language = ".long .and .longer" }"#,
    ),
    (r#"rights   = "© Lake Post""#, r#"token    = "hunter2""#),
    (r#"rights   = "© Lake Post""#, "password = hunter2"),
    ("[stories]", "[view.select]\nitem = \"li\"\n[stories]"),
    (
        r#"metrics = "127.0.0.1:9464""#,
        r#"metrics = "127.0.0.1:8080""#,
    ),
    (r#"command = ["/usr/local/bin/tell-me"]"#, "command = []"),
];

/// Whole files with one mistake, of which others must not be made.
#[test]
fn one_mistake_is_one_message() {
    const VIEW: &str = "[[view]]\nname = \"v\"\nsources = [\"a\"]\n";
    let feed = "name = \"a\"\nfeed = \"https://a.example/feed\"\n";
    for (text, line, said) in [
        (format!("[[source]]\n{feed}[[source]]\nname"), 5, "no `=`"),
        (format!("[source]\n{feed}{VIEW}"), 1, "there may be several"),
        (
            format!("[[source]]\n{feed}[source]\n{feed}"),
            4,
            "there may be several",
        ),
        (
            format!("{VIEW}[source.select]\nitem = \"li\"\n"),
            4,
            "[source.select] stands below no [[source]]",
        ),
    ] {
        let told = mistakes(&text).unwrap();
        let all: Vec<_> = told.iter().map(|m| (m.line, &*m.said)).collect();
        assert_eq!(all.len(), 1, "{told}");
        assert_eq!(all[0].0, line, "{told}");
        assert!(all[0].1.starts_with(said), "{told}");
        assert!(told.brief().contains(said), "{}", told.brief());
    }
}

#[test]
fn a_value_that_seems_to_be_a_secret_is_not_shown() {
    for line in [
        "token = \"hunter2\"",
        "password = hunter2",
        "api_key = \"hunter2",
        "select = { password = \"hunter2\" }",
        "auth: hunter2",
    ] {
        let text = whole().replace("rights   = \"© Lake Post\"", line);
        let told = mistakes(&text).unwrap().to_string();
        assert!(!told.contains("hunter2"), "{told}");
    }
}

#[test]
fn a_line_of_any_length_is_shown_within_a_terminal() {
    let far = "Ш".repeat(300);
    let long = format!("[feed]\nrights = \"{far}\", titel = \"{far}\"\n");
    let told = mistakes(&long).unwrap().to_string();
    assert!(told.contains('…'), "{told}");
    let shown = told.lines().filter(|line| line.contains(" |"));
    let longest = shown.map(|line| line.chars().count()).max();
    assert!(longest <= Some(80), "{told}");
    let endless = "x".repeat(100_000);
    assert!(mistakes(&endless).unwrap().to_string().len() < 2000);
    let carets = told.lines().find(|line| line.contains('^')).unwrap();
    let lines: Vec<&str> = told.lines().collect();
    let at = lines.iter().position(|line| *line == carets).unwrap();
    let column = carets.chars().position(|c| c == '^').unwrap();
    assert_eq!(lines[at - 1].chars().nth(column), Some(','), "{told}");
}

#[test]
fn what_is_no_utf_8_is_told_with_its_place() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("feeds.toml");
    fs::write(&path, b"[feed]\ntitle = \"Caf\xe9\"\n").unwrap();
    let told = config::load(&path).unwrap_err();
    let mistake = told.iter().next().unwrap();
    assert_eq!((mistake.line, mistake.column), (2, 13), "{told}");
    assert!(
        told.to_string().contains("save the file as UTF-8"),
        "{told}"
    );
    assert!(told.brief().starts_with("line 2: "), "{}", told.brief());

    // Of an included file it is told with that file's name.
    fs::rename(&path, place.path().join("more.toml")).unwrap();
    fs::write(&path, "include = [\"more.toml\"]\n").unwrap();
    let brief = config::load(&path).unwrap_err().brief();
    assert!(brief.starts_with("more.toml, line 2: "), "{brief}");
}

/// What an admin reads. After a change of words: read the new ones, then run
/// this with `WRITE_SNAPSHOTS=1`.
#[test]
fn the_words_of_the_messages() {
    let whole = whole();
    let mut told = String::new();
    for (from, to) in BY_HAND {
        let text = whole.replacen(from, to, 1);
        assert_ne!(text, whole, "{from}");
        let mistakes = mistakes(&text).unwrap_or_else(|| panic!("loads: {to}"));
        assert_eq!(mistakes.iter().count(), 1, "{to}: {mistakes}");
        let message = mistakes.to_string();
        let (message, _) = message.rsplit_once('\n').unwrap();
        told.push_str(message);
        told.push_str("\n\n");
    }
    let path = path("mistakes.txt");
    if std::env::var_os("WRITE_SNAPSHOTS").is_some() {
        fs::write(&path, &told).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    for (told, expected) in told.split("\n\n").zip(expected.split("\n\n")) {
        assert_eq!(told, expected, "\n{told}\n--- expected:\n{expected}");
    }
    assert_eq!(told, expected);
}
