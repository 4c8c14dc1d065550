//! The filter with its vocabulary, as an admin and an acceptance test meet
//! it: the table of cases, `eval` and `vocabulary`.

// Clippy then knows every helper for a test's, which may unwrap.
#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use scofeed::model::{Field, Item, Verdict};
use scofeed::topic::{self, Base, Lists, Match, Rules, Vocabulary};
use serde::Deserialize;
use serde_json::Value;

/// One line of `tests/topic/cases.jsonl`. All are made up.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    lang: String,
    title: String,
    summary: Option<String>,
    expected: String,
    /// What the case is for.
    note: String,
}

fn cases() -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/topic/cases.jsonl");
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
        .collect()
}

fn sco() -> Rules {
    let base = Base::compile(&Vocabulary::sco(), &[], &Lists::default(), 12).unwrap();
    let fields = [Field::Title, Field::Summary, Field::Categories];
    base.rules(&Lists::default(), &fields, Match::Topic)
        .unwrap()
}

#[test]
fn every_case_is_judged_as_it_says() {
    let rules = sco();
    let wrong: Vec<String> = cases()
        .iter()
        .filter_map(|case| {
            let mut item = Item::new(&case.id, &case.title);
            item.lead = case.summary.clone().unwrap_or_default();
            let (verdict, why) = topic::judge(&rules, &item);
            (Verdict::from_word(&case.expected) != Some(verdict)).then(|| {
                let Case {
                    id,
                    title,
                    expected,
                    note,
                    ..
                } = case;
                let why = topic::explain(verdict, &why);
                format!("{id} ({note}): {title}\n  expected {expected}, is {why}")
            })
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_cases_are_many_and_cover_every_language_both_ways() {
    let cases = cases();
    assert!(cases.len() >= 450, "{}", cases.len());
    let ids: BTreeSet<&str> = cases.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(ids.len(), cases.len(), "two cases have the same id");
    let rules = sco();
    let languages: BTreeSet<&str> = rules
        .terms()
        .iter()
        .filter_map(|term| term.language.as_deref())
        .collect();
    assert_eq!(languages.len(), 33);
    for language in languages {
        for expected in ["keep", "drop"] {
            let count = cases
                .iter()
                .filter(|case| case.lang == language && case.expected == expected)
                .count();
            assert!(count >= 1, "no case of {language} to {expected}");
        }
    }
}

fn scofeed(directory: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_scofeed"))
        .current_dir(directory)
        .env_remove("CONFIGURATION_DIRECTORY")
        .env_remove("STATE_DIRECTORY")
        .args(args)
        .output()
        .unwrap()
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn objects(output: &Output) -> Vec<Value> {
    text(output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

const CONFIG: &str = r#"
[feed]
title = "Lakes"
[topic]
remove = ["ШОС"]
strong = ["Lake Club"]
[[source]]
name = "lake-post"
title = "Lake Post"
feed = "https://lake-post.example/feed"
not = ["weekly digest"]
"#;

/// Two hits, a miss, a false alarm, a rightly dropped row, an unmarked one.
const ROWS: &str = r#"
{"id": "1", "lang": "en", "title": "Lake Club meets", "summary": null, "label": true}
{"id": "2", "lang": "ru", "title": "ШОС", "label": true, "source": "more is allowed"}
{"id": "3", "lang": "en", "title": null, "summary": "Old Lake Club", "label": false}

{"id": "4", "lang": "ru", "title": "Снег", "label": false}
{"id": "5", "lang": "en", "title": "Lake Club", "label": null}
{"id": "6", "title": "SCO summit", "label": true}
"#;

#[test]
fn eval_tells_precision_and_recall_and_every_wrong_row() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("feeds.toml"), CONFIG).unwrap();
    fs::write(directory.path().join("rows.jsonl"), ROWS).unwrap();
    let told = text(&scofeed(directory.path(), &["eval", "topic", "rows.jsonl"]));
    assert!(told.contains("missed: 2 [ru] ШОС\n    DROP"), "{told}");
    assert!(told.contains("kept, should not be: 3 [en]"), "{told}");
    assert!(
        told.contains("\"Lake Club\" matched «Lake Club» at 4"),
        "{told}"
    );
    assert!(!told.contains("Снег") && !told.contains(": 5 "), "{told}");
    let last = told.lines().last().unwrap();
    let figures = "5 rows  precision 0.667  recall 0.667  F1 0.667";
    assert!(last.starts_with("all") && last.ends_with(figures), "{last}");

    let output = scofeed(directory.path(), &["eval", "topic", "--json", "rows.jsonl"]);
    let objects = objects(&output);
    assert_eq!(objects.len(), 7, "a row each, then the figures");
    assert_eq!(objects[0]["id"], "1");
    assert_eq!(objects[0]["verdict"], "keep");
    assert_eq!(objects[0]["why"][0]["term"], "Lake Club");
    assert_eq!(objects[1]["verdict"], "drop");
    let all = &objects[6];
    assert!((all["precision"].as_f64().unwrap() - 2.0 / 3.0).abs() < 1e-9);
    assert!((all["recall"].as_f64().unwrap() - 2.0 / 3.0).abs() < 1e-9);
    assert!((all["f1"].as_f64().unwrap() - 2.0 / 3.0).abs() < 1e-9);
    assert_eq!(all["by_language"]["ru"]["recall"], 0.0);
    assert_eq!(all["by_language"]["en"]["rows"], 2);
}

#[test]
fn eval_names_the_line_that_is_no_row() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("rows.jsonl"), "{\"id\": \"1\"}\n{").unwrap();
    let output = scofeed(directory.path(), &["eval", "topic", "rows.jsonl"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("rows.jsonl:2"), "{said}");
}

#[test]
fn vocabulary_prints_the_terms_in_force() {
    let directory = tempfile::tempdir().unwrap();
    let built_in = text(&scofeed(directory.path(), &["vocabulary"]));
    assert!(built_in.lines().any(|line| line.ends_with(" ШОС")));
    fs::write(directory.path().join("feeds.toml"), CONFIG).unwrap();
    let told = text(&scofeed(directory.path(), &["vocabulary"]));
    assert!(!told.lines().any(|line| line.ends_with(" ШОС")));
    assert_eq!(told.lines().count(), built_in.lines().count() + 1);
    let objects = objects(&scofeed(directory.path(), &["vocabulary", "--json"]));
    assert_eq!(objects.len(), told.lines().count());
    let term = |term: &str| {
        objects
            .iter()
            .find(|object| object["term"] == term)
            .unwrap()
    };
    assert_eq!(term("上合")["language"], "zh-Hans");
    assert_eq!(term("上合")["list"], "strong");
    assert_eq!(term("Lake Club")["language"], Value::Null);
    assert_eq!(term("weekly digest")["source"], "lake-post");
}
