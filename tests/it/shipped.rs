//! The `feeds.toml` that is shipped loads, and is polite.

use std::path::{Path, PathBuf};
use std::time::Duration;

use scofeed::config::{self, Config};
use scofeed::model::Target;
use scofeed::schedule::Pace;

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("feeds.toml")
}

fn text() -> String {
    std::fs::read_to_string(path()).unwrap()
}

fn shipped() -> Config {
    config::load(&path()).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// The texts of the `[[source]]` tables, each with the comment above it.
fn tables() -> Vec<String> {
    let text = text();
    let mut tables: Vec<String> = vec![String::new()];
    let mut comment = String::new();
    for line in text.lines() {
        match line.trim_start() {
            "[[source]]" => tables.push(std::mem::take(&mut comment)),
            "" => {}
            line if line.starts_with('#') => {
                comment.push_str(line);
                comment.push('\n');
                continue;
            }
            _ => {}
        }
        let table = tables.last_mut().unwrap();
        table.push_str(&std::mem::take(&mut comment));
        table.push_str(line);
        table.push('\n');
    }
    tables.split_off(1)
}

#[test]
fn the_three_named_sources_are_on() {
    let config = shipped();
    let named = |part: &str, is_page: bool| {
        config.sources.values().any(|source| {
            source.key.as_str().contains(part)
                && source.enabled
                && matches!(source.target, Target::Page(_)) == is_page
        })
    };
    assert!(named("xinhua", true));
    assert!(named("jamestown", false));
    assert!(named("ria", false));
}

#[test]
fn an_sco_reader_gets_eleven_sources_in_three_languages() {
    let on = shipped()
        .sources
        .values()
        .filter(|source| source.enabled)
        .count();
    assert!(on >= 11, "{on} sources are on");
    let tables: toml::Table = text().parse().unwrap();
    let languages: Vec<&str> = tables["source"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|source| source.get("language")?.as_str()?.split('-').next())
        .collect();
    for language in ["en", "ru", "zh"] {
        assert!(languages.contains(&language), "{language} of {languages:?}");
    }
}

#[test]
fn every_source_says_when_its_address_was_witnessed() {
    let tables = tables();
    assert_eq!(tables.len(), shipped().sources.len());
    for table in tables {
        let comment: String = table
            .lines()
            .filter_map(|line| Some(line.split_once('#')?.1))
            .collect();
        // A year, or that nobody says.
        let dated = comment.split(|c: char| !c.is_ascii_digit());
        let dated = dated
            .filter(|word| word.len() == 4 && word.starts_with("20"))
            .count()
            > 0;
        assert!(dated || comment.contains("states a date"), "{table}");
    }
}

#[test]
fn no_publisher_is_asked_too_often_or_under_a_false_name() {
    let config = shipped();
    // No placeholder is ever sent to a publisher.
    let contact = config.feed.contact.as_deref().unwrap_or_default();
    assert!(!contact.contains("example"), "{contact}");
    for source in config.sources.values() {
        let Pace::Every(every) = source.pace else {
            panic!("{}: a rhythm is nothing to ship untried", source.key);
        };
        assert!(every >= Duration::from_mins(15), "{}", source.key);
        assert!(!source.allow_private, "{}", source.key);
    }
}

#[test]
fn sources_whose_terms_forbid_it_are_off_with_the_reason() {
    let config = shipped();
    for name in ["tass", "interfax"] {
        let found: Vec<_> = config
            .sources
            .values()
            .filter(|source| source.key.as_str().contains(name))
            .collect();
        assert!(!found.is_empty(), "{name}");
        assert!(found.iter().all(|source| !source.enabled), "{name}");
    }
    for table in tables()
        .iter()
        .filter(|table| table.contains("enabled = false"))
    {
        assert!(table.contains('#'), "{table}");
    }
}
