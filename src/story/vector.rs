//! Vectors of features, and how alike two of them are.
//!
//! Weights are whole numbers, so sums of them come out the same in any order.

use std::fmt;

use super::usage::Usage;

/// Features of a headline or lead that count, in the order of the text: more
/// is no news item.
const FEATURES_AT_MOST: usize = 120;

/// The weight of a vector's only feature.
const WHOLE: u16 = 32_767;

/// How alike two vectors are: their cosine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Score(u32);

impl Score {
    const ONE: u32 = WHOLE as u32 * WHOLE as u32;

    /// A score of so many hundredths.
    pub const fn percent(percent: u32) -> Self {
        Self(Self::ONE / 100 * percent)
    }

    /// The cosine as a fraction.
    pub fn fraction(self) -> f64 {
        f64::from(self.0.min(Self::ONE)) / f64::from(Self::ONE)
    }

    /// The cosine in hundredths.
    pub fn hundredths(self) -> u8 {
        u8::try_from(self.0 / (Self::ONE / 100))
            .unwrap_or(100)
            .min(100)
    }

    /// The square root: of the sum of a vector's squares, its length.
    pub(super) fn root(self) -> Self {
        let root = (u64::from(self.0) * u64::from(Self::ONE)).isqrt();
        Self(u32::try_from(root).unwrap_or(Self::ONE))
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2}", self.fraction())
    }
}

/// A feature, and its share in the length of its vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Feature {
    pub(super) hash: u32,
    pub(super) weight: u16,
}

impl Feature {
    /// What the feature adds to the cosine if the other vector holds it with
    /// the weight `other`.
    pub(super) fn times(self, other: u16) -> Score {
        Score(u32::from(self.weight) * u32::from(other))
    }
}

impl std::ops::AddAssign for Score {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl std::ops::SubAssign for Score {
    fn sub_assign(&mut self, other: Self) {
        self.0 = self.0.saturating_sub(other.0);
    }
}

/// Features in the order of their hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Vector(Box<[Feature]>);

impl Vector {
    /// The vector of a text's features, each as often as it stands there.
    pub(super) fn new(mut features: Vec<u32>, usage: &Usage) -> Self {
        features.truncate(FEATURES_AT_MOST);
        features.sort_unstable();
        let weights: Vec<(u32, f32)> = features
            .chunk_by(|a, b| a == b)
            .filter_map(|same| {
                #[expect(clippy::cast_precision_loss, reason = "a count of words is small")]
                let times = 1.0 + (same.len() as f32).ln();
                Some((*same.first()?, times * usage.weight(*same.first()?)))
            })
            .collect();
        let length = weights.iter().map(|(_, w)| w * w).sum::<f32>().sqrt();
        let share = |(hash, weight): (u32, f32)| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a share of the length is between 0 and 1"
            )]
            let weight = (weight / length * f32::from(WHOLE)).round() as u16;
            Feature { hash, weight }
        };
        Self(weights.into_iter().map(share).collect())
    }

    /// The vector of stored features, which stand in order.
    pub(super) fn restore(features: impl Iterator<Item = Feature>) -> Self {
        Self(features.collect())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Feature> + '_ {
        self.0.iter().copied()
    }

    pub(super) fn holds(&self, feature: u32) -> bool {
        self.0.binary_search_by_key(&feature, |f| f.hash).is_ok()
    }

    /// The features that both hold, as each weighs them.
    pub(super) fn shared<'v>(
        &'v self,
        other: &'v Self,
    ) -> impl Iterator<Item = (Feature, Feature)> + 'v {
        let mut others = other.0.iter().peekable();
        self.0.iter().filter_map(move |mine| {
            while others.next_if(|theirs| theirs.hash < mine.hash).is_some() {}
            let theirs = others.next_if(|theirs| theirs.hash == mine.hash)?;
            Some((*mine, *theirs))
        })
    }

    pub(super) fn cosine(&self, other: &Self) -> Score {
        let mut score = Score::default();
        for (mine, theirs) in self.shared(other) {
            score += mine.times(theirs.weight);
        }
        score
    }

    /// How many features both hold.
    pub(super) fn common(&self, other: &Self) -> usize {
        self.shared(other).count()
    }

    /// Whether the other holds every feature of this one.
    pub(super) fn is_in(&self, other: &Self) -> bool {
        self.common(other) == self.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(features: &[u32]) -> Vector {
        Vector::new(features.to_vec(), &Usage::default())
    }

    #[test]
    fn likeness_is_the_cosine() {
        let near = |score: Score, expected: f64| (score.fraction() - expected).abs() < 0.001;
        let four = vector(&[1, 2, 3, 4]);
        assert!(near(four.cosine(&vector(&[4, 3, 2, 1])), 1.0));
        assert!(near(four.cosine(&vector(&[1, 2, 8, 9])), 0.5));
        assert!(near(four.cosine(&vector(&[1])), 0.5));
        assert_eq!(four.cosine(&vector(&[])), Score::default());
        assert_eq!(four.cosine(&vector(&[7])), Score::default());
    }

    #[test]
    fn what_is_rare_weighs_more() {
        let (common, rare) = (1 << 20, 2 << 20);
        let mut usage = Usage::default();
        for _ in 0..100 {
            usage.add([common].into_iter(), std::iter::empty());
        }
        let both = Vector::new(vec![common, rare], &usage);
        let weight = |hash| f64::from(both.iter().find(|f| f.hash == hash).unwrap().weight);
        assert!(weight(rare) > 5.0 * weight(common));
    }

    #[test]
    fn scores_are_shown_in_hundredths() {
        assert_eq!(Score::percent(46).to_string(), "0.46");
        assert_eq!(Score::percent(100).hundredths(), 100);
        assert!(Score::percent(9).root() >= Score::percent(29));
        assert!(Score::percent(9).root() <= Score::percent(31));
    }
}
