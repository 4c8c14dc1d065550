//! How common a feature is: in how many kept items it stood.
//!
//! # Why nothing is stored for it
//! The counts are a sum over the prints of all members, whatever their order,
//! so they are taken anew from the prints when the window is loaded: a
//! restart continues with exactly the counts it stopped with, and there is no
//! second truth to keep in step. A hundred thousand prints are counted in a
//! fraction of a second, once, after the service is ready.

use std::collections::HashMap;

use super::bytes::Stored;

/// Buckets of counts, 2 to this power: four bytes each.
const BUCKET_BITS: u32 = 20;

/// Counts of features. Two that share a bucket share its count: among a
/// quarter of a million distinct features one in five does, nearly always
/// with another rare one.
#[derive(Clone, Debug)]
pub struct Usage {
    items: u32,
    counts: Vec<u32>,
    /// Of what items name in any language.
    names: HashMap<u32, u32>,
}

impl Default for Usage {
    fn default() -> Self {
        Self {
            items: 0,
            counts: vec![0; 1 << BUCKET_BITS],
            names: HashMap::new(),
        }
    }
}

impl Usage {
    /// Counts one item more, by its print as stored. Damaged bytes count
    /// nothing.
    pub fn count(&mut self, print: &[u8]) {
        if let Some(stored) = Stored::read(print) {
            self.add(stored.features(), stored.names());
        }
    }

    /// Counts one item more, by its features and names, each once.
    pub(super) fn add(
        &mut self,
        features: impl Iterator<Item = u32>,
        names: impl Iterator<Item = u32>,
    ) {
        self.items += 1;
        for feature in features {
            if let Some(count) = self.counts.get_mut(bucket(feature)) {
                *count += 1;
            }
        }
        for name in names {
            *self.names.entry(name).or_default() += 1;
        }
    }

    /// How much a feature says: one for what stands in every item, more the
    /// rarer it is.
    pub(super) fn weight(&self, feature: u32) -> f32 {
        let count = self.counts.get(bucket(feature)).copied().unwrap_or(0);
        let rarity = self.rarity(count);
        #[expect(clippy::cast_possible_truncation, reason = "a logarithm is small")]
        let weight = (1.0 + rarity.ln()) as f32;
        weight
    }

    /// One in how many items names this.
    pub(super) fn rarity_of_name(&self, name: u32) -> f64 {
        self.rarity(self.names.get(&name).copied().unwrap_or(0))
    }

    fn rarity(&self, count: u32) -> f64 {
        (1.0 + f64::from(self.items)) / (1.0 + f64::from(count.min(self.items)))
    }
}

fn bucket(feature: u32) -> usize {
    (feature >> (u32::BITS - BUCKET_BITS)) as usize
}
