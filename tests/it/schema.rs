//! The JSON Schema for editors says what the parser reads: it cannot drift.

// Clippy then knows every helper for a test's, which may unwrap.
#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use scofeed::config;
use serde_json::Value;

use crate::mistakes::{mutations, whole};

fn schema() -> Value {
    serde_json::from_str(config::SCHEMA).unwrap()
}

/// The small part of JSON Schema that ours is written in.
struct Checker<'s> {
    root: &'s Value,
    complaints: Vec<String>,
}

impl<'s> Checker<'s> {
    fn complaints(root: &'s Value, text: &str) -> Vec<String> {
        let value: Value = toml::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let mut checker = Self {
            root,
            complaints: Vec::new(),
        };
        checker.check(root, &value, "");
        checker.complaints
    }

    fn fits(&self, schema: &Value, value: &Value) -> bool {
        let mut checker = Checker {
            root: self.root,
            complaints: Vec::new(),
        };
        checker.check(schema, value, "");
        checker.complaints.is_empty()
    }

    fn check(&mut self, schema: &Value, value: &Value, path: &str) {
        for (keyword, says) in schema.as_object().unwrap() {
            let holds = match keyword.as_str() {
                "$schema" | "title" | "description" | "default" | "format" | "definitions" => true,
                "$ref" => {
                    let name = says.as_str().unwrap().strip_prefix("#/definitions/");
                    let root = self.root;
                    self.check(&root["definitions"][name.unwrap()], value, path);
                    true
                }
                "allOf" => {
                    for schema in says.as_array().unwrap() {
                        self.check(schema, value, path);
                    }
                    true
                }
                "anyOf" => says.as_array().unwrap().iter().any(|s| self.fits(s, value)),
                "oneOf" => {
                    let fitting = says.as_array().unwrap().iter();
                    fitting.filter(|s| self.fits(s, value)).count() == 1
                }
                "type" => match says.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "boolean" => value.is_boolean(),
                    "integer" => value.is_i64() || value.is_u64(),
                    "number" => value.is_number(),
                    other => panic!("type {other}"),
                },
                "enum" => says.as_array().unwrap().contains(value),
                "minimum" => value.as_f64().is_none_or(|n| n >= says.as_f64().unwrap()),
                "maximum" => value.as_f64().is_none_or(|n| n <= says.as_f64().unwrap()),
                "minLength" => value.as_str().is_none_or(|text| !text.is_empty()),
                "maxItems" => {
                    let most = says.as_u64().unwrap();
                    value
                        .as_array()
                        .is_none_or(|list| list.len() as u64 <= most)
                }
                "pattern" => value.as_str().is_none_or(|text| matches(says, text)),
                "required" => {
                    let mut names = says.as_array().unwrap().iter();
                    names.all(|name| value.get(name.as_str().unwrap()).is_some())
                }
                "items" => {
                    for (at, value) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(says, value, &format!("{path}/{at}"));
                    }
                    true
                }
                "properties" => {
                    for (name, value) in value.as_object().into_iter().flatten() {
                        if let Some(schema) = says.get(name) {
                            self.check(schema, value, &format!("{path}/{name}"));
                        }
                    }
                    true
                }
                "additionalProperties" => {
                    let known = &schema["properties"];
                    let mut names = value.as_object().into_iter().flatten();
                    names.all(|(name, _)| known.get(name).is_some())
                }
                other => panic!("the checker does not know `{other}`"),
            };
            if !holds {
                self.complaints.push(format!("{path}: {keyword}: {value}"));
            }
        }
    }
}

/// The patterns of the schema.
fn matches(pattern: &Value, text: &str) -> bool {
    match pattern.as_str().unwrap() {
        "^[a-z0-9-]{1,64}$" => {
            let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            (1..=64).contains(&text.len()) && text.chars().all(fits)
        }
        r"^\s*([0-9]+[smhd]\s*)+$" => text.split_whitespace().all(|part| {
            let (number, unit) = part.split_at(part.len() - 1);
            number.parse::<u32>().is_ok() && "smhd".contains(unit)
        }),
        "^[A-Za-z0-9_-][A-Za-z0-9._-]*$" => {
            let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            !text.starts_with('.') && !text.is_empty() && text.chars().all(fits)
        }
        other => panic!("pattern {other}"),
    }
}

#[test]
fn the_command_prints_the_schema_that_feeds_toml_names() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(env!("CARGO_BIN_EXE_scofeed"))
        .arg("schema")
        .output()
        .unwrap();
    let shipped = fs::read(root.join("feeds.schema.json")).unwrap();
    assert_eq!(output.stdout, shipped);
    let feeds = fs::read_to_string(root.join("feeds.toml")).unwrap();
    assert!(feeds.starts_with("#:schema ./feeds.schema.json\n"));
}

#[test]
fn what_loads_fits_the_schema() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let schema = schema();
    for file in ["feeds.toml", "demo/feeds.toml", "tests/config/whole.toml"] {
        let text = fs::read_to_string(root.join(file)).unwrap();
        let complaints = Checker::complaints(&schema, &text);
        assert!(complaints.is_empty(), "{file}: {complaints:?}");
    }
}

#[test]
fn an_unknown_key_and_another_type_do_not_fit() {
    let schema = schema();
    let kinds = ["a misspelt key", "another type", "a misspelt header"];
    let mutations = mutations();
    let these: Vec<_> = mutations
        .iter()
        .filter(|mutation| kinds.iter().any(|kind| mutation.what.starts_with(kind)))
        .collect();
    assert!(these.len() > 100);
    for mutation in these {
        let complaints = Checker::complaints(&schema, &mutation.text);
        assert!(!complaints.is_empty(), "fits: {}", mutation.what);
    }
}

/// What the parser says of a key, or a word, that it does not know.
fn known(text: &str, before: &str) -> BTreeSet<String> {
    let mistakes = config::read(text, "feeds.toml").unwrap_err();
    let mut help = mistakes
        .iter()
        .filter_map(|mistake| mistake.help.as_deref());
    let known = help.find_map(|help| help.strip_prefix(before));
    let known = known.unwrap_or_else(|| panic!("{mistakes}"));
    known
        .split(", ")
        .map(|word| word.trim_matches('"').to_owned())
        .collect()
}

/// The tables: where their keys are in the schema, and a file that asks for
/// one that is unknown.
const TABLES: [(&str, &str); 11] = [
    ("", "zzzzzzzz = 1"),
    ("/properties/feed", "[feed]\nzzzzzzzz = 1"),
    ("/properties/topic", "[topic]\nzzzzzzzz = 1"),
    ("/properties/stories", "[stories]\nzzzzzzzz = 1"),
    ("/properties/ledger", "[ledger]\nzzzzzzzz = 1"),
    ("/properties/server", "[server]\nzzzzzzzz = 1"),
    ("/properties/publish", "[publish]\nzzzzzzzz = 1"),
    (
        "/definitions/source",
        "[[source]]\nname = \"a\"\nfeed = \"https://a.example/\"\nzzzzzzzz = 1",
    ),
    (
        "/definitions/source/properties/select",
        "[[source]]\nname = \"a\"\npage = \"https://a.example/\"\nselect = { zzzzzzzz = 1 }",
    ),
    ("/definitions/view", "[[view]]\nname = \"a\"\nzzzzzzzz = 1"),
    (
        "/properties/alert",
        "[alert]\ncommand = [\"a\"]\nzzzzzzzz = 1",
    ),
];

#[test]
fn the_schema_has_the_keys_that_the_parser_asks_for() {
    let schema = schema();
    let expect = (
        "/definitions/source/properties/expect",
        "[[source]]\nname = \"a\"\npage = \"https://a.example/\"\nexpect = { zzzzzzzz = 1 }",
    );
    for (place, text) in TABLES.into_iter().chain([expect]) {
        let keys = schema.pointer(place).unwrap()["properties"].as_object();
        let keys: BTreeSet<String> = keys.unwrap().keys().cloned().collect();
        assert_eq!(keys, known(text, "known here: "), "{place}");
    }
    // And the file with every key has every key.
    let whole: Value = toml::from_str(&whole()).unwrap();
    let top: BTreeSet<String> = whole.as_object().unwrap().keys().cloned().collect();
    assert_eq!(top, known("zzzzzzzz = 1", "known here: "));
    let sources = whole["source"].as_array().unwrap().iter();
    let keys: BTreeSet<String> = sources
        .flat_map(|source| source.as_object().unwrap().keys().cloned())
        .collect();
    assert_eq!(keys, known(TABLES[7].1, "known here: "));
}

#[test]
fn the_schema_has_the_words_that_the_parser_knows() {
    let schema = schema();
    for (place, head) in [
        ("/properties/topic/properties/vocabulary", "[topic]"),
        ("/definitions/source/properties/match", "[[source]]"),
        ("/definitions/source/properties/look", "[[source]]"),
    ] {
        let words = schema.pointer(place).unwrap()["enum"].as_array().unwrap();
        let words: BTreeSet<String> = words
            .iter()
            .map(|word| word.as_str().unwrap().to_owned())
            .collect();
        let key = place.rsplit('/').next().unwrap();
        let text = format!("{head}\n{key} = \"zzzzzzzz\"\n");
        assert_eq!(words, known(&text, "it is one of "), "{place}");
    }
}
