//! A capture: one poll in a file, so that what went wrong with a source can be
//! looked at where its publisher cannot be reached.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::anyhow;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Tried;
use crate::config::{self, Config, Source};
use crate::fetch::{self, Exchange, Exit, Fetch, Recorder, Replay};

/// One poll of one source: what was asked and answered, by which rules it is
/// read, and what was found. Secrets are in none of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Capture {
    /// The version of the program that made it.
    scofeed: String,
    at: Timestamp,
    source: String,
    /// Whether another program reads and judges by the same rules.
    fingerprint: String,
    /// The tables that the source's rules follow from, as TOML.
    config: String,
    exchanges: Vec<Exchange>,
    found: Value,
}

/// What a capture yields here.
#[derive(Debug)]
pub struct Replayed {
    /// What is found in it.
    pub tried: Tried,
    /// Whence it comes, and what is found otherwise than there.
    pub remarks: Vec<String>,
}

impl Capture {
    /// Polls a source through `exit`. `tables` is what of the configuration its
    /// rules follow from.
    pub async fn make(
        source: &Source,
        config: &Config,
        tables: String,
        exit: Arc<dyn Exit>,
        now: Timestamp,
    ) -> anyhow::Result<Self> {
        let recorder = Arc::new(Recorder::new(exit));
        let agent = fetch::agent(config.feed.contact.as_deref());
        let fetch = Fetch::through(&agent, Arc::clone(&recorder) as Arc<dyn Exit>)?;
        let live = super::source(source, config, &fetch, now).await;
        let mut capture = Self {
            scofeed: env!("CARGO_PKG_VERSION").to_owned(),
            at: now,
            source: source.key.to_string(),
            fingerprint: fingerprint(source),
            config: tables,
            exchanges: recorder.exchanges(),
            found: serde_json::to_value(&live)?,
        };
        // Found again in what is kept, so that it holds no more than that.
        capture.found = serde_json::to_value(capture.read().await?.0)?;
        Ok(capture)
    }

    /// Reads what was answered once more, and asks nobody.
    pub async fn replay(&self) -> anyhow::Result<Replayed> {
        let (tried, fingerprint) = self.read().await?;
        let mut remarks = vec![format!(
            "captured {} by scofeed {}: source \"{}\", rules {}",
            self.at, self.scofeed, self.source, self.fingerprint
        )];
        if fingerprint != self.fingerprint {
            remarks.push(format!("here the rules are others: {fingerprint}"));
        }
        remarks.extend(self.exchanges.iter().map(Exchange::to_string));
        remarks.extend(differences(&self.found, &serde_json::to_value(&tried)?));
        Ok(Replayed { tried, remarks })
    }

    async fn read(&self) -> anyhow::Result<(Tried, String)> {
        let config = config::read(&self.config, "the capture's configuration")?;
        let mut sources = config.sources.values();
        let source = sources.next().ok_or_else(|| anyhow!("it has no source"))?;
        let replay = Replay::new(self.exchanges.clone());
        let fetch = Fetch::through(&fetch::agent(None), Arc::new(replay))?;
        let mut tried = super::source(source, &config, &fetch, self.at).await;
        if self.exchanges.iter().any(Exchange::failed) {
            let said = self.found.get("error").and_then(Value::as_str);
            tried.error = said.map(str::to_owned);
        }
        Ok((tried, fingerprint(source)))
    }
}

/// Short: it is for eyes.
fn fingerprint(source: &Source) -> String {
    let all = format!("{} {}", source.epoch(), source.rules.generation());
    blake3::hash(all.as_bytes())
        .to_hex()
        .chars()
        .take(16)
        .collect()
}

/// What is found here otherwise than there, in words.
fn differences(there: &Value, here: &Value) -> Vec<String> {
    if there == here {
        return vec!["what is found is what was found there".to_owned()];
    }
    let mut differences = Vec::new();
    for key in ["format", "title", "language", "skipped", "feeds", "error"] {
        let (there, here) = (&there[key], &here[key]);
        if there != here {
            differences.push(format!("{key} was there {there}, and is here {here}"));
        }
    }
    let (there, here) = (items(there), items(here));
    for (key, item) in &there {
        match here.get(key) {
            None => differences.push(format!("an item only there: {}", item["title"])),
            Some(other) if other != item => {
                differences.push(format!("another there than here: {}", item["title"]));
            }
            Some(_) => {}
        }
    }
    let new = here.iter().filter(|(key, _)| !there.contains_key(*key));
    differences.extend(new.map(|(_, item)| format!("an item only here: {}", item["title"])));
    differences
}

fn items(found: &Value) -> BTreeMap<&str, &Value> {
    let items = found["items"].as_array().into_iter().flatten();
    items
        .filter_map(|item| Some((item["key"].as_str()?, item)))
        .collect()
}
