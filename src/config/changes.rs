//! What is another in one configuration than in the one before, in a line.

use std::fmt;

use super::{Config, Source};
use crate::model::SourceKey;

/// The differences of two configurations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Sources that are new.
    pub added: Vec<SourceKey>,
    /// Sources that are there no more.
    pub removed: Vec<SourceKey>,
    /// Sources of which something is another.
    pub changed: Vec<SourceKey>,
    /// The other tables of which something is another, as they are written.
    pub tables: Vec<&'static str>,
    /// The keys of which something is another, and only a restart puts that
    /// into force.
    pub restart: Vec<&'static str>,
}

impl Changes {
    /// What `new` has otherwise than `old`.
    pub fn between(old: &Config, new: &Config) -> Self {
        let keys = |one: &Config, other: &Config| -> Vec<SourceKey> {
            let only = one.sources.keys();
            only.filter(|key| !other.sources.contains_key(*key))
                .cloned()
                .collect()
        };
        let changed = new.sources.values().filter(|source| {
            let before = old.sources.get(&source.key);
            before.is_some_and(|before| !is_same(before, source))
        });
        let restart = [
            ("listen", old.listen != new.listen),
            ("metrics", old.metrics != new.metrics),
        ];
        let restart: Vec<&str> = others(restart);
        let tables = [
            ("[feed]", old.feed != new.feed),
            ("[topic]", old.rules.generation() != new.rules.generation()),
            ("[ledger]", old.keep != new.keep),
            (
                "[[view]]",
                format!("{:?}", old.views) != format!("{:?}", new.views),
            ),
            ("[alert]", old.alert != new.alert),
            ("[publish]", old.publish != new.publish),
            ("[server]", !restart.is_empty()),
        ];
        Self {
            added: keys(new, old),
            removed: keys(old, new),
            changed: changed.map(|source| source.key.clone()).collect(),
            tables: others(tables),
            restart,
        }
    }

    /// Whether nothing is another.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The names of what is another.
fn others<const N: usize>(all: [(&'static str, bool); N]) -> Vec<&'static str> {
    let others = all.into_iter().filter(|(_, is_other)| *is_other);
    others.map(|(name, _)| name).collect()
}

/// Whether two sources of one name are the same, whatever the topic.
fn is_same(one: &Source, other: &Source) -> bool {
    let settings = |source: &Source| {
        format!(
            "{:?}",
            (
                (&source.title, &source.target, source.enabled),
                (source.epoch(), &source.pace, &source.robots),
                (source.look, &source.teller, source.summary),
                (&source.rights, source.allow_private, &source.secret),
                (&source.hold, &source.proxy),
            )
        )
    };
    settings(one) == settings(other) && one.rules.owns_the_same(&other.rules)
}

impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |keys: &[SourceKey]| {
            let names: Vec<&str> = keys.iter().map(SourceKey::as_str).collect();
            names.join(", ")
        };
        let parts = [
            ("added ", names(&self.added)),
            ("removed ", names(&self.removed)),
            ("changed ", names(&self.changed)),
            ("", self.tables.join(", ")),
        ];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(_, what)| !what.is_empty())
            .map(|(how, what)| format!("{how}{what}"))
            .collect();
        if parts.is_empty() {
            return f.write_str("nothing");
        }
        f.write_str(&parts.join("; "))
    }
}
