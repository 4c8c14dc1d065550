//! What of a configuration the rules of one source follow from.

use toml::{Table, Value};

use super::File;
use crate::model::SourceKey;

/// Keys of a source that say how it is reached from here, and not how it is
/// read: what they name is nobody else's business.
const OURS: [&str; 2] = ["secret", "proxy"];

/// The tables that the rules of a source follow from, of files that load.
pub(super) fn of(files: &[File], key: &SourceKey) -> String {
    let files: Vec<Table> = files
        .iter()
        .filter_map(|file| file.text.parse().ok())
        .collect();
    let mut tables = Table::new();
    let topic = files.first().and_then(|main| main.get("topic"));
    tables.extend(topic.map(|topic| ("topic".to_owned(), topic.clone())));
    let sources = files.iter().filter_map(|file| file.get("source"));
    let mut sources = sources.filter_map(Value::as_array).flatten();
    let is_it = |source: &&Value| source.get("name").and_then(Value::as_str) == Some(key.as_str());
    if let Some(Value::Table(source)) = sources.find(is_it) {
        let mut source = source.clone();
        source.retain(|key, _| !OURS.contains(&key));
        tables.insert("source".to_owned(), Value::Array(vec![source.into()]));
    }
    tables.to_string()
}
