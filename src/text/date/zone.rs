//! Time zones as dates name them.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

/// The zone of a name as it stands in dates. An abbreviation that the
/// source's own zone uses means that zone: `CST` is China's in a Chinese
/// source and America's elsewhere.
pub(super) fn named(word: &str, own: &TimeZone) -> Option<TimeZone> {
    if is_abbreviation_of(word, own) {
        return Some(own.clone());
    }
    if let Some(region) = region(word) {
        return bundled(region);
    }
    let minutes = minutes(word)?;
    Some(TimeZone::fixed(Offset::from_seconds(minutes * 60).ok()?))
}

/// A zone by its name in the tz database.
pub(super) fn bundled(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

fn is_abbreviation_of(word: &str, zone: &TimeZone) -> bool {
    const WINTER: i64 = 1_767_225_600;
    const SUMMER: i64 = 1_782_864_000;
    word.len() >= 3
        && word.bytes().all(|b| b.is_ascii_uppercase())
        && zone.iana_name().is_some()
        && [WINTER, SUMMER].into_iter().any(|second| {
            Timestamp::from_second(second)
                .is_ok_and(|moment| zone.to_offset_info(moment).abbreviation() == word)
        })
}

/// Whether a word is the name of a zone wherever it stands in a date.
pub(super) fn is_sure(word: &str) -> bool {
    let is = |name: &str| word.eq_ignore_ascii_case(name);
    is("GMT") || is("UTC") || matches!(word, "МСК" | "мск")
}

/// American names that leave open whether it is summer.
fn region(word: &str) -> Option<&'static str> {
    Some(match word {
        "ET" => "America/New_York",
        "CT" => "America/Chicago",
        "MT" => "America/Denver",
        "PT" => "America/Los_Angeles",
        "AT" => "America/Halifax",
        _ => return None,
    })
}

/// Minutes east of Greenwich of the names that feeds use. Where a name is
/// used in two places, the one that is commoner in news feeds. In small
/// letters most are words of some language: Art, ist, met.
fn minutes(word: &str) -> Option<i32> {
    let upper = word.to_uppercase();
    let name = if is_sure(word) || word.len() == 1 {
        upper.as_str()
    } else {
        word
    };
    Some(match name {
        "Z" | "GMT" | "UTC" | "UT" | "WET" => 0,
        "CET" | "BST" | "MEZ" | "MET" | "WEST" | "WAT" => 60,
        "CEST" | "EET" | "MESZ" | "MEST" | "SAST" | "CAT" => 120,
        "MSK" | "EEST" | "TRT" | "МСК" | "EAT" => 180,
        "IRST" => 210,
        "GST" | "SAMT" | "AZT" | "AMT" | "GET" | "MSD" | "IRDT" => 240,
        "AFT" => 270,
        "UZT" | "TJT" | "PKT" | "YEKT" | "TMT" | "QYZT" => 300,
        "IST" => 330,
        "NPT" => 345,
        "KGT" | "OMST" | "ALMT" | "BDT" => 360,
        "MMT" => 390,
        "ICT" | "WIB" | "KRAT" | "NOVT" => 420,
        "HKT" | "SGT" | "ULAT" | "PHT" | "MYT" | "AWST" | "IRKT" => 480,
        "JST" | "KST" | "YAKT" => 540,
        "ACST" => 570,
        "AEST" | "VLAT" => 600,
        "AEDT" | "MAGT" => 660,
        "NZST" | "PETT" => 720,
        "NZDT" => 780,
        "BRT" | "ART" | "ADT" => -180,
        "EDT" | "AST" => -240,
        "EST" | "CDT" => -300,
        "CST" | "MDT" => -360,
        "MST" | "PDT" => -420,
        "PST" | "AKDT" => -480,
        "AKST" => -540,
        "HST" => -600,
        _ => return None,
    })
}
