//! Due times, case by case.

use super::*;
use crate::model::{Head, Hints, Identity, Read, Validators};

const MIN: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// A Tuesday.
const NOW: &str = "2026-11-24T10:30:00Z";

fn span(wait: Duration) -> SignedDuration {
    SignedDuration::try_from(wait).unwrap()
}

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn source() -> SourceKey {
    SourceKey::new("a").unwrap()
}

fn url(text: &str) -> WebUrl {
    WebUrl::parse(text).unwrap()
}

fn head(status: u16, hints: Hints) -> Head {
    Head {
        url: url("https://a.example/feed"),
        hops: Vec::new(),
        status,
        content_type: None,
        validators: Validators {
            etag: Some(b"\"1\"".to_vec()),
            ..Validators::default()
        },
        hints,
        wire_bytes: 0,
    }
}

fn read(head: Head) -> Outcome {
    Outcome::Read(Box::new(Read {
        head,
        judged: Vec::new(),
        generation: String::new(),
        skipped: Vec::new(),
        reading: None,
        breach: None,
        identity: Identity::default(),
        partial: None,
    }))
}

fn status(status: u16, retry_after: Option<Duration>) -> Outcome {
    Outcome::Failed(Failure::Status {
        status,
        host: "a.example:443".into(),
        retry_after,
    })
}

/// The due time and the memory after `outcome` of a source at its configured
/// address that has been read before.
fn after(pace: Pace, memory: &Memory, outcome: &Outcome, now: Timestamp) -> (Due, Memory) {
    let configured = url("https://a.example/feed");
    let came = Came {
        outcome,
        configured: &configured,
        asked: &configured,
        known: 20,
        new: &[],
    };
    next(pace, &source(), memory, &came, now)
}

fn hours(of: &[u32]) -> Skip {
    let mut skip = Skip::default();
    for hour in of {
        skip.hour(*hour);
    }
    skip
}

fn days(of: &[&str]) -> Skip {
    let mut skip = Skip::default();
    for day in of {
        skip.day(day);
    }
    skip
}

fn max_age(wait: Duration) -> Hints {
    Hints {
        fresh: Some(Fresh::MaxAge(wait)),
        ..Hints::default()
    }
}

fn expires(wait: Duration) -> Hints {
    Hints {
        fresh: Some(Fresh::Expires(wait)),
        ..Hints::default()
    }
}

fn asks(wait: Duration) -> Hints {
    Hints {
        document: Some(wait),
        ..Hints::default()
    }
}

fn skips(skip: Skip) -> Hints {
    Hints {
        skip,
        ..Hints::default()
    }
}

/// What the source remembers of the document before a 304.
fn had(hints: Hints) -> Memory {
    Memory {
        fresh: hints.fresh,
        document: hints.document,
        skip: hints.skip,
        ..Memory::default()
    }
}

fn failed(tries: u32, days: u64) -> Memory {
    Memory {
        trouble: Trouble {
            tries,
            since: now()
                .checked_sub(span(DAY * u32::try_from(days).unwrap()))
                .ok(),
        },
        ..Memory::default()
    }
}

/// F-12 to F-17, F-23, F-24, F-31: what an answer makes of the due time, and
/// the sentence that `status` prints. The wait is the least one; jitter adds
/// up to a tenth, and never takes away.
#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn forty_answers_and_their_due_times() {
    let fresh = Memory::default;
    let none = Hints::default();
    let both = |fresh, document| Hints {
        fresh: Some(Fresh::MaxAge(fresh)),
        document: Some(document),
        ..Hints::default()
    };
    let bare = |times| Memory {
        bare: times,
        ..Memory::default()
    };
    let same = || {
        let mut head = head(200, none);
        head.validators = Validators::default();
        Outcome::Unchanged(head)
    };
    let not_modified = |hints| Outcome::Unchanged(head(304, hints));
    let document = |hints| read(head(200, hints));
    let timeout = || Outcome::Failed(Failure::Timeout("no answer"));
    let gone_said = |ago| Memory {
        gone_said: now().checked_sub(span(ago)).ok(),
        ..failed(1, 0)
    };
    let cases: Vec<(Duration, Memory, Outcome, Duration, &str)> = vec![
        // The interval alone, on 200 and on 304.
        (HOUR, fresh(), document(none), HOUR, "every 1h"),
        (HOUR, fresh(), not_modified(none), HOUR, "every 1h"),
        (15 * MIN, fresh(), document(none), 15 * MIN, "every 15m"),
        (2 * DAY, fresh(), document(none), 2 * DAY, "every 2d"),
        (
            90 * MIN,
            failed(7, 3),
            document(none),
            90 * MIN,
            "every 1h 30m",
        ),
        // max-age.
        (
            HOUR,
            fresh(),
            document(max_age(2 * HOUR)),
            2 * HOUR,
            "the server calls its answer fresh (max-age) for 2h",
        ),
        (
            HOUR,
            fresh(),
            not_modified(max_age(2 * HOUR)),
            2 * HOUR,
            "the server calls its answer fresh (max-age) for 2h",
        ),
        (HOUR, fresh(), document(max_age(30 * MIN)), HOUR, "every 1h"),
        (
            HOUR,
            fresh(),
            document(max_age(Duration::ZERO)),
            HOUR,
            "every 1h",
        ),
        (
            HOUR,
            fresh(),
            document(max_age(365 * DAY)),
            DAY,
            "the server calls its answer fresh (max-age) for 365d, of which 1d count",
        ),
        (
            2 * DAY,
            fresh(),
            document(max_age(365 * DAY)),
            2 * DAY,
            "every 2d",
        ),
        // A 304 that says nothing leaves what the document came with; one
        // that speaks replaces it.
        (
            HOUR,
            had(max_age(3 * HOUR)),
            not_modified(none),
            3 * HOUR,
            "the server calls its answer fresh (max-age) for 3h",
        ),
        (
            HOUR,
            had(max_age(3 * HOUR)),
            not_modified(max_age(Duration::ZERO)),
            HOUR,
            "every 1h",
        ),
        (
            HOUR,
            had(max_age(3 * HOUR)),
            document(none),
            HOUR,
            "every 1h",
        ),
        // Expires.
        (
            HOUR,
            fresh(),
            document(expires(5 * HOUR)),
            5 * HOUR,
            "the server calls its answer fresh (Expires) for 5h",
        ),
        (
            HOUR,
            fresh(),
            not_modified(expires(5 * HOUR)),
            5 * HOUR,
            "the server calls its answer fresh (Expires) for 5h",
        ),
        (
            HOUR,
            fresh(),
            document(expires(40 * DAY)),
            DAY,
            "the server calls its answer fresh (Expires) for 40d, of which 1d count",
        ),
        // ttl and sy:, which a 304 does not repeat.
        (
            HOUR,
            fresh(),
            document(asks(3 * HOUR)),
            3 * HOUR,
            "the feed asks to wait 3h",
        ),
        (
            HOUR,
            had(asks(3 * HOUR)),
            not_modified(none),
            3 * HOUR,
            "the feed asks to wait 3h",
        ),
        (HOUR, had(asks(3 * HOUR)), document(none), HOUR, "every 1h"),
        (HOUR, fresh(), document(asks(MIN)), HOUR, "every 1h"),
        (
            HOUR,
            fresh(),
            document(asks(7 * DAY)),
            DAY,
            "the feed asks to wait 7d, of which 1d count",
        ),
        // The longest wins.
        (
            HOUR,
            fresh(),
            document(both(2 * HOUR, 3 * HOUR)),
            3 * HOUR,
            "the feed asks to wait 3h",
        ),
        (
            HOUR,
            fresh(),
            document(both(4 * HOUR, 3 * HOUR)),
            4 * HOUR,
            "the server calls its answer fresh (max-age) for 4h",
        ),
        // skipHours and skipDays: from 11:30 on to the next hour that is
        // allowed, and up to ten minutes into it.
        (
            HOUR,
            fresh(),
            document(skips(hours(&[11, 12]))),
            150 * MIN,
            "every 1h, and not in the hours that the feed leaves out",
        ),
        (
            HOUR,
            fresh(),
            document(skips(hours(&[12]))),
            HOUR,
            "every 1h",
        ),
        (
            HOUR,
            had(skips(hours(&[11]))),
            not_modified(none),
            90 * MIN,
            "every 1h, and not in the hours that the feed leaves out",
        ),
        (
            HOUR,
            fresh(),
            document(skips(days(&["Tuesday", "Wednesday"]))),
            37 * HOUR + 30 * MIN,
            "every 1h, and not in the hours that the feed leaves out",
        ),
        (
            HOUR,
            fresh(),
            document(skips(hours(&(0..24).collect::<Vec<_>>()))),
            HOUR,
            "every 1h; the feed leaves out all hours, which does not count",
        ),
        // The same bytes again and again, and no validator.
        (HOUR, bare(22), same(), HOUR, "every 1h"),
        (
            HOUR,
            bare(23),
            same(),
            2 * HOUR,
            "the same bytes 24 times and no validator: every 2h",
        ),
        (
            HOUR,
            bare(500),
            same(),
            DAY,
            "the same bytes 501 times and no validator: every 1d",
        ),
        // Trouble doubles.
        (
            HOUR,
            fresh(),
            timeout(),
            2 * HOUR,
            "the last poll failed: waiting 2h",
        ),
        (
            HOUR,
            failed(1, 0),
            timeout(),
            4 * HOUR,
            "2 failures in a row: waiting 4h",
        ),
        (
            HOUR,
            failed(30, 9),
            status(500, Some(9 * DAY)),
            DAY,
            "31 failures in a row: waiting 1d",
        ),
        // Retry-After, if it is longer than the interval.
        (
            HOUR,
            fresh(),
            status(503, Some(5 * HOUR)),
            5 * HOUR,
            "HTTP 503: the server asks to wait (Retry-After) 5h",
        ),
        (
            HOUR,
            failed(3, 0),
            status(429, Some(30 * MIN)),
            HOUR,
            "HTTP 429: every 1h, longer than the 30m that the server asks for",
        ),
        (
            HOUR,
            fresh(),
            status(429, Some(365 * DAY)),
            7 * DAY,
            "HTTP 429: the server asks to wait (Retry-After) 365d, of which 7d count",
        ),
        (
            HOUR,
            fresh(),
            status(429, None),
            2 * HOUR,
            "the last poll failed: waiting 2h",
        ),
        // Refused, gone.
        (
            HOUR,
            failed(40, 29),
            status(404, None),
            DAY,
            "41 failures in a row: waiting 1d",
        ),
        (
            HOUR,
            failed(40, 31),
            status(404, None),
            7 * DAY,
            "HTTP 404 for more than 30d: asking weekly",
        ),
        (
            HOUR,
            failed(40, 31),
            status(500, None),
            DAY,
            "41 failures in a row: waiting 1d",
        ),
        (
            HOUR,
            fresh(),
            status(410, None),
            DAY,
            "HTTP 410, gone: asking once more a day later",
        ),
        (
            HOUR,
            gone_said(23 * HOUR),
            status(410, None),
            DAY,
            "HTTP 410, gone: asking once more a day later",
        ),
    ];
    assert!(cases.len() >= 40);
    for (every, memory, outcome, least, why) in cases {
        let (due, _) = after(Pace::Every(every), &memory, &outcome, now());
        assert_eq!(due.why, why, "{outcome:?}");
        let waited = since(now(), due.at);
        let most = least.mul_f64(1.1).max(least + 10 * MIN);
        assert!(
            waited >= least && waited <= most,
            "{waited:?} for {why}: {due:?}"
        );
    }
}

#[test]
fn gone_is_gone_until_the_address_changes() {
    let pace = Pace::Every(HOUR);
    let (due, memory) = after(pace, &Memory::default(), &status(410, None), now());
    assert!(memory.gone.is_none());
    let later = later(now(), 25 * HOUR);
    assert!(due.at <= later);
    let (due, memory) = after(pace, &memory, &status(410, None), later);
    assert_eq!(memory.gone, Some(later));
    assert!(since(later, due.at) > 1000 * 365 * DAY);
    assert!(due.why.starts_with("gone"), "{}", due.why);
    // A good answer in between takes it back.
    let (_, memory) = after(pace, &Memory::default(), &status(410, None), now());
    let (_, memory) = after(pace, &memory, &read(head(200, Hints::default())), now());
    let (_, memory) = after(pace, &memory, &status(410, None), later);
    assert!(memory.gone.is_none());
}

/// F-17: the gaps that a publisher sees of a source that is down for two
/// days are 1, 2, 4 … 24 hours, and the first good answer ends it.
#[test]
fn the_gaps_of_a_source_in_trouble() {
    let pace = Pace::Every(HOUR);
    let mut memory = Memory::default();
    let mut at = now();
    let mut gaps = Vec::new();
    for _ in 0..7 {
        let (due, next) = after(pace, &memory, &status(500, None), at);
        gaps.push(since(at, due.at).as_secs() / 3600);
        (at, memory) = (due.at, next);
    }
    assert_eq!(
        gaps,
        [2, 4, 8, 16, 24, 24, 24].map(|gap| gap + gap * phase_of_ten() / 100)
    );
    let (due, _) = after(pace, &memory, &read(head(200, Hints::default())), at);
    assert_eq!(due.why, "every 1h");
}

/// By how many hundredths this source's waits are longer.
fn phase_of_ten() -> u64 {
    let spread = spread(&source(), Duration::from_secs(1000));
    (spread.as_secs() - 1000) / 10
}

/// F-10, law 6: whatever happens after the claim, the promise is not earlier
/// than the due time that a like answer would have given.
#[test]
fn the_promise_counts_the_request_as_made() {
    let cases = [
        Memory::default(),
        had(max_age(5 * HOUR)),
        failed(3, 1),
        Memory {
            status: Some(403),
            ..failed(50, 40)
        },
        Memory {
            status: Some(410),
            gone_said: Some(now()),
            ..failed(1, 0)
        },
    ];
    let waits = [HOUR, 5 * HOUR, 8 * HOUR, 7 * DAY, DAY];
    for (memory, wait) in cases.into_iter().zip(waits) {
        let due = promise(Pace::Every(HOUR), &source(), &memory, now());
        assert!(since(now(), due.at) > wait, "{due:?}");
        assert!(due.why.starts_with("asked, not yet answered; "), "{due:?}");
    }
}

/// F-14: no due time of a whole week lies in an hour or a day that is left
/// out.
#[test]
fn no_request_in_the_hours_that_are_left_out() {
    let mut skip = hours(&[0, 1, 2, 3, 22, 23, 24]);
    skip.day("Saturday");
    skip.day("Sunday");
    for minutes in (0..7 * 24 * 60).step_by(7) {
        let at = later(now(), MIN * minutes);
        let memory = Memory {
            skip,
            ..Memory::default()
        };
        let (due, _) = after(
            Pace::Every(HOUR),
            &memory,
            &Outcome::Unchanged(head(304, Hints::default())),
            at,
        );
        let when = Offset::UTC.to_datetime(due.at);
        assert!((4..22).contains(&when.hour()), "{when}");
        assert!(when.weekday().to_monday_zero_offset() < 5, "{when}");
        assert!(since(at, due.at) >= HOUR);
        // A source whose turn comes late, in such an hour, waits on.
        let turn = Due {
            at,
            why: String::new(),
        };
        let postponed = postponed(&source(), &memory, &turn, Late::Now, at);
        let now = Offset::UTC.to_datetime(at);
        let allowed = (4..22).contains(&now.hour()) && now.weekday().to_monday_zero_offset() < 5;
        assert_eq!(postponed.is_none(), allowed, "{now}");
    }
}

#[test]
fn senseless_skips_do_not_count() {
    let all: Vec<u32> = (0..24).collect();
    assert!(hours(&all).is_senseless());
    assert!(days(&["mon", "tue", "wed", "thu", "fri", "sat", "sun"]).is_senseless());
    assert!(hours(&[25, 99]).is_empty());
    assert!(days(&["", "Someday", "é"]).is_empty());
    assert_eq!(hours(&[24]), hours(&[0]));
}

/// F-11: two hundred hourly sources that all began at once.
#[test]
fn sources_spread_over_the_hour_and_stay_spread() {
    let keys: Vec<SourceKey> = (0..200)
        .map(|n| SourceKey::new(&format!("source-{n}")).unwrap())
        .collect();
    let mut due: Vec<Timestamp> = vec![now(); keys.len()];
    let not_modified = Outcome::Unchanged(head(304, Hints::default()));
    let configured = url("https://a.example/feed");
    let end = later(now(), 3 * DAY);
    let mut by_minute = [0_u32; 60];
    for (key, due) in keys.iter().zip(&mut due) {
        while *due < end {
            let came = Came {
                outcome: &not_modified,
                configured: &configured,
                asked: &configured,
                known: 0,
                new: &[],
            };
            let (then, _) = next(Pace::Every(HOUR), key, &Memory::default(), &came, *due);
            let gap = since(*due, then.at);
            assert!(gap >= HOUR && gap <= HOUR + 6 * MIN, "{gap:?}");
            *due = then.at;
        }
        let minute = due.as_second().rem_euclid(3600) / 60;
        by_minute[usize::try_from(minute).unwrap()] += 1;
    }
    assert!(
        by_minute.iter().all(|n| *n <= 3 * 200 / 60),
        "{by_minute:?}"
    );
}

/// F-30: what an outage kept waiting is asked over ten minutes, once.
#[test]
fn after_an_outage_the_late_ones_are_spread() {
    let mut minutes = [0_u32; 10];
    for n in 0..100 {
        let key = SourceKey::new(&format!("source-{n}")).unwrap();
        let due = Due {
            at: now().checked_sub(span(3 * HOUR)).unwrap(),
            why: "every 1h".into(),
        };
        let memory = Memory::default();
        let spread = postponed(&key, &memory, &due, Late::Spread, now()).unwrap();
        let wait = since(now(), spread.at);
        minutes[usize::try_from(wait.as_secs() / 60).unwrap()] += 1;
        let much_later = later(now(), DAY);
        assert_eq!(
            postponed(&key, &memory, &spread, Late::Spread, much_later),
            None
        );
        assert_eq!(postponed(&key, &memory, &due, Late::Now, now()), None);
    }
    assert!(minutes.iter().all(|n| (3..=20).contains(n)), "{minutes:?}");
    let on_time = Due {
        at: now().checked_sub(span(4 * MIN)).unwrap(),
        why: String::new(),
    };
    assert_eq!(
        postponed(&source(), &Memory::default(), &on_time, Late::Spread, now()),
        None
    );
}

#[test]
fn an_edited_interval_moves_what_followed_from_it_alone() {
    let (_, memory) = after(
        Pace::Every(HOUR),
        &Memory::default(),
        &read(head(200, Hints::default())),
        now(),
    );
    let revised = |every, memory: &Memory| revised(Pace::Every(every), &source(), memory, now());
    let shorter = revised(15 * MIN, &memory).unwrap();
    assert!(since(now(), shorter.at) >= 15 * MIN);
    assert!(since(now(), shorter.at) <= 18 * MIN);
    assert_eq!(shorter.why, "every 15m");
    let longer = revised(DAY, &memory).unwrap();
    assert!(since(now(), longer.at) >= DAY);
    assert_eq!(revised(HOUR, &memory), None);
    // What the document asks for holds beside the new interval, too.
    let fresh = Hints {
        fresh: Some(Fresh::MaxAge(50 * MIN)),
        ..Hints::default()
    };
    let (_, asks) = after(Pace::Every(HOUR), &memory, &read(head(200, fresh)), now());
    assert!(since(now(), revised(15 * MIN, &asks).unwrap().at) >= 50 * MIN);
    let busy = status(503, Some(9 * HOUR));
    let (_, memory) = after(Pace::Every(HOUR), &memory, &busy, now());
    assert_eq!(revised(15 * MIN, &memory), None);
}

/// Ten lasting redirects over a week, to a document that is known.
fn redirected(hops: &[u16], known: usize, times: u32, every: Duration) -> Memory {
    let (configured, mut memory) = (url("https://a.example/feed"), Memory::default());
    let mut at = now();
    for _ in 0..times {
        let mut head = head(200, Hints::default());
        head.hops = hops.to_vec();
        head.url = url("https://b.example/new");
        let outcome = read(head);
        let came = Came {
            outcome: &outcome,
            configured: &configured,
            asked: &configured,
            known,
            new: &[],
        };
        (_, memory) = next(Pace::Every(HOUR), &source(), &memory, &came, at);
        at = later(at, every);
    }
    memory
}

#[test]
fn a_move_is_believed_with_proof_only() {
    let configured = url("https://a.example/feed");
    let asked = |memory: &Memory| {
        memory
            .address(&configured)
            .as_url()
            .host_str()
            .unwrap()
            .to_owned()
    };
    let day = 19 * HOUR;
    assert_eq!(asked(&redirected(&[301], 20, 10, day)), "b.example");
    assert_eq!(asked(&redirected(&[308, 301], 1, 10, day)), "b.example");
    assert_eq!(asked(&redirected(&[301], 20, 9, 48 * HOUR)), "a.example");
    assert_eq!(
        asked(&redirected(&[301], 20, 100, HOUR)),
        "a.example",
        "four days"
    );
    assert_eq!(
        asked(&redirected(&[301], 0, 20, day)),
        "a.example",
        "nothing known"
    );
    assert_eq!(asked(&redirected(&[301, 302], 20, 20, day)), "a.example");
    assert_eq!(asked(&redirected(&[302], 20, 20, day)), "a.example");
    // Trouble on the way proves nothing; no redirect takes the proof back.
    let mut memory = redirected(&[301], 20, 9, 24 * HOUR);
    let end = later(now(), 9 * DAY);
    (_, memory) = after(Pace::Every(HOUR), &memory, &status(500, None), end);
    assert!(memory.moved.is_some());
    (_, memory) = after(
        Pace::Every(HOUR),
        &memory,
        &read(head(200, Hints::default())),
        end,
    );
    assert!(memory.moved.is_none());
    // While the new address fails, the old one is tried now and then.
    let mut memory = redirected(&[301], 20, 10, day);
    let hosts: Vec<String> = (0..8)
        .map(|tries| {
            memory.trouble.tries = tries;
            asked(&memory)
        })
        .collect();
    assert_eq!(hosts.iter().filter(|host| *host == "a.example").count(), 2);
}

/// F-09: a server that says 304 for ever, against the source's own rhythm.
#[test]
fn a_304_is_doubted_when_the_rhythm_speaks_against_it() {
    let day = |n: u32| later(now(), DAY * n);
    let daily: Vec<Option<Timestamp>> = (0..20).map(|n| Some(day(n))).collect();
    let mut memory = Memory::default();
    memory.rhythm.learn(&daily, None, day(20));
    memory.full_at = Some(day(20));
    assert!(!memory.doubts_304(day(27)));
    assert!(memory.doubts_304(day(28)));
    memory.full_at = Some(day(28));
    assert!(!memory.doubts_304(day(35)), "not twice within eight days");
    assert!(memory.doubts_304(day(36)));
    // A source that publishes monthly is not doubted after eight days.
    let monthly: Vec<Option<Timestamp>> = (0..9).map(|n| Some(day(n * 30))).collect();
    let mut memory = Memory::default();
    let mut before = None;
    for item in &monthly {
        memory.rhythm.learn(&[*item], before, item.unwrap());
        before = *item;
    }
    memory.full_at = Some(day(240));
    assert!(!memory.doubts_304(day(340)));
    assert!(memory.doubts_304(day(365)));
    assert!(!Memory::default().doubts_304(day(1000)));
}

#[test]
fn items_may_have_been_lost_when_documents_do_not_overlap() {
    let configured = url("https://a.example/feed");
    let outcome = read(head(200, Hints::default()));
    let poll = |memory: &Memory, known: usize, new: &[Option<Timestamp>]| {
        let came = Came {
            outcome: &outcome,
            configured: &configured,
            asked: &configured,
            known,
            new,
        };
        next(Pace::Every(HOUR), &source(), memory, &came, now()).1
    };
    let first = poll(&Memory::default(), 0, &[None; 10]);
    assert_eq!(
        first.missed_at, None,
        "the first document overlaps with nothing"
    );
    assert_eq!(poll(&first, 1, &[None; 9]).missed_at, None);
    assert_eq!(poll(&first, 0, &[]).missed_at, None);
    assert_eq!(poll(&first, 0, &[None; 10]).missed_at, Some(now()));
}

/// F-36: what is stored is all that is remembered.
#[test]
fn a_memory_outlives_its_process() {
    let mut memory = redirected(&[301], 20, 10, DAY);
    memory.skip = hours(&[3]);
    memory
        .rhythm
        .learn(&[None, Some(now())], Some(now()), later(now(), HOUR));
    let stored = serde_json::to_string(&memory).unwrap();
    let mut again: Memory = serde_json::from_str(&stored).unwrap();
    again.trouble = memory.trouble;
    assert_eq!(again, memory);
    assert_eq!(
        serde_json::from_str::<Memory>("{}").unwrap(),
        Memory::default()
    );
}

#[test]
fn durations_read_as_written() {
    for (seconds, said) in [(0, "0s"), (90, "1m 30s"), (3600, "1h"), (90_061, "1d 1h")] {
        assert_eq!(words(Duration::from_secs(seconds)), said);
    }
}
