use super::*;
use crate::model::{Disk, Due, IncidentKind, Move, ServiceReport, SourceKey, WebUrl};

const HOUR: i64 = 3600;

/// A moment, in hours after some midnight.
fn at(hours: f64) -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "a test's hours")]
    let seconds = (hours * 3600.0) as i64;
    Timestamp::from_second(1_764_000_000 / 86_400 * 86_400 + seconds).unwrap()
}

/// A source that was read at `hour` and is asked hourly.
fn well(name: &str, hour: f64) -> SourceReport {
    SourceReport {
        source: SourceKey::new(name).unwrap(),
        title: name.to_owned(),
        state: SourceState::Off,
        since: None,
        wrong: None,
        todo: None,
        failure: None,
        status: None,
        tries: 0,
        well: 2,
        failing_since: None,
        failed_at: None,
        last_ok: Some(at(hour)),
        every: Duration::from_hours(1),
        next: Some(Due {
            at: at(hour + 1.0),
            why: "every 1h".to_owned(),
        }),
        silent_from: None,
        newest: None,
        gone: None,
        moved: None,
        missed_at: None,
        quarantine: None,
        rhythm: None,
        items: 0,
        kept: 0,
        near: 0,
        quarantined: 0,
        day: crate::model::DayOfPolls::default(),
        skipped: Vec::new(),
        reading: None,
    }
}

/// The same, but its polls fail since `since`.
fn failing(name: &str, kind: &str, since: f64, tries: u32, now: f64) -> SourceReport {
    SourceReport {
        failure: Some(kind.to_owned()),
        wrong: Some(format!("{kind}, in words")),
        failing_since: Some(at(since)),
        failed_at: Some(at(now)),
        tries,
        well: 0,
        next: well(name, now).next,
        ..well(name, since - 1.0)
    }
}

fn diagnosed(mut source: SourceReport, hour: f64) -> SourceReport {
    diagnose(&mut source, at(hour));
    source
}

#[track_caller]
fn state_of(source: SourceReport, state: SourceState, todo: &str) {
    let told = diagnosed(source, 10.0);
    assert_eq!(told.state, state);
    let said = told.todo.unwrap_or_default();
    assert!(
        said.contains(todo) && said.is_empty() == todo.is_empty(),
        "{said}"
    );
    assert_eq!(told.since.is_some(), state.wants_a_look());
}

#[test]
fn a_state_has_its_word_and_what_to_do() {
    let fine = || well("a", 9.5);
    let fails = |kind| failing("a", kind, 9.0, 1, 9.5);
    let refused = |status| SourceReport {
        status: Some(status),
        ..fails("status")
    };
    state_of(fine(), SourceState::Fine, "");
    state_of(
        SourceReport {
            last_ok: None,
            ..fine()
        },
        SourceState::New,
        "",
    );
    state_of(
        fails("breach"),
        SourceState::BrokenSelector,
        "correct `select`",
    );
    state_of(fails("no_list"), SourceState::NoList, "add --dry-run");
    state_of(fails("not_a_feed"), SourceState::NotAFeed, "home page");
    state_of(refused(403), SourceState::Blocked, "ask its publisher");
    state_of(refused(429), SourceState::Blocked, "longer `every`");
    state_of(fails("robots"), SourceState::Blocked, "robots.txt");
    state_of(refused(404), SourceState::Failing, "home page");
    state_of(refused(503), SourceState::Failing, "by itself");
    state_of(fails("dns"), SourceState::Failing, "DNS of this machine");
    state_of(
        well("a", 8.0),
        SourceState::Late,
        "whether the service runs",
    );
    state_of(
        SourceReport {
            gone: Some(at(8.0)),
            next: None,
            ..fails("status")
        },
        SourceState::Gone,
        "remove the source",
    );
    state_of(
        SourceReport {
            silent_from: Some(at(9.75)),
            ..fine()
        },
        SourceState::Silent,
        "look at its site",
    );
    state_of(
        SourceReport {
            silent_from: Some(at(10.25)),
            ..fine()
        },
        SourceState::Fine,
        "",
    );
    let moved = |proven| SourceReport {
        moved: WebUrl::parse("https://new.example/feed").map(|to| Move {
            to,
            since: at(1.0),
            times: 10,
            proven,
        }),
        ..fine()
    };
    state_of(moved(true), SourceState::Moved, "https://new.example/feed");
    state_of(moved(false), SourceState::Fine, "");
    state_of(
        SourceReport {
            quarantine: Some("another feed".to_owned()),
            ..fails("status")
        },
        SourceState::Quarantined,
        "`scofeed accept a`",
    );
}

/// An operator's memory over hours.
struct Watch {
    incidents: Vec<Incident>,
}

impl Watch {
    fn new() -> Self {
        Self {
            incidents: Vec::new(),
        }
    }

    /// What turns when things are so: `opened no-success` …
    fn at(&mut self, hour: f64, sources: Vec<SourceReport>) -> Vec<String> {
        self.service(hour, sources, ServiceReport::default())
    }

    fn service(
        &mut self,
        hour: f64,
        sources: Vec<SourceReport>,
        service: ServiceReport,
    ) -> Vec<String> {
        let report = Report {
            sources: sources
                .into_iter()
                .map(|source| diagnosed(source, hour))
                .collect(),
            service: ServiceReport {
                since: Some(at(0.0)),
                ..service
            },
            ..Report::empty(at(hour))
        };
        let turns = turns(&report, &self.incidents, at(hour));
        for turn in &turns {
            take(&mut self.incidents, turn);
        }
        // Nothing turns twice.
        assert_eq!(super::turns(&report, &self.incidents, at(hour)), []);
        let said = |turn: &Turn| format!("{} {}", turn.as_str(), turn.incident().kind.as_str());
        turns.iter().map(said).collect()
    }
}

const NOTHING: [&str; 0] = [];

#[test]
fn no_success_for_three_intervals_opens_and_two_good_polls_close() {
    let mut watch = Watch::new();
    assert_eq!(watch.at(1.0, vec![well("a", 1.0)]), NOTHING);
    let fails = |now| vec![failing("a", "timeout", 2.0, 2, now)];
    assert_eq!(watch.at(2.0, fails(2.0)), NOTHING);
    assert_eq!(watch.at(3.9, fails(3.5)), NOTHING);
    assert_eq!(watch.at(4.0, fails(4.0)), ["opened no-success"]);
    assert_eq!(watch.at(9.0, fails(9.0)), NOTHING);
    let once = SourceReport {
        well: 1,
        ..well("a", 10.0)
    };
    assert_eq!(watch.at(10.0, vec![once]), NOTHING);
    assert_eq!(watch.at(11.0, vec![well("a", 11.0)]), ["closed no-success"]);
    assert_eq!(watch.incidents.len(), 1);
    assert_eq!(watch.incidents[0].closed, Some(at(11.0)));
}

#[test]
fn a_source_that_comes_and_goes_is_no_incident() {
    let mut watch = Watch::new();
    for hour in 0..24 {
        let now = f64::from(hour);
        let source = if hour % 2 == 0 {
            failing("a", "breach", now, 1, now)
        } else {
            SourceReport {
                well: 1,
                ..well("a", now)
            }
        };
        assert_eq!(watch.at(now, vec![source]), NOTHING, "{hour}");
    }
}

#[test]
fn a_breach_is_an_incident_when_it_is_seen_twice() {
    let mut watch = Watch::new();
    let breach = |tries, now| vec![failing("a", "breach", 2.0, tries, now)];
    assert_eq!(watch.at(2.0, breach(1, 2.0)), NOTHING);
    assert_eq!(watch.at(3.0, breach(2, 3.0)), ["opened breach"]);
    // Down on top of it: one incident, unless that lasts.
    let down = vec![failing("a", "timeout", 2.0, 3, 3.5)];
    assert_eq!(watch.at(3.5, down), NOTHING);
    assert_eq!(watch.at(5.0, vec![well("a", 5.0)]), ["closed breach"]);
}

#[test]
fn other_words_are_said_once_an_hour() {
    let mut watch = Watch::new();
    watch.at(4.0, vec![failing("a", "timeout", 2.0, 2, 4.0)]);
    let other = |now| vec![failing("a", "body", 2.0, 3, now)];
    assert_eq!(watch.at(4.5, other(4.5)), NOTHING);
    assert_eq!(watch.at(5.0, other(5.0)), ["changed no-success"]);
    let incident = &watch.incidents[0];
    assert_eq!(incident.said, "body, in words");
    assert_eq!((incident.opened, incident.said_at), (at(4.0), at(5.0)));
    assert_eq!(incident.updated(), at(5.0));
}

#[test]
fn an_outage_of_the_network_is_one_incident() {
    let mut watch = Watch::new();
    let all = |kind: &str, now: f64| -> Vec<SourceReport> {
        ["a", "b", "c", "d"]
            .map(|name| failing(name, kind, 2.0, 3, now))
            .to_vec()
    };
    assert_eq!(watch.at(5.0, all("dns", 5.0)), ["opened network"]);
    // It ends; one of them was not asked since, and is down.
    let after = |now: f64, failed: f64| {
        let mut after = ["b", "c", "d"].map(|name| well(name, now)).to_vec();
        after.push(failing("a", "dns", 2.0, 4, failed));
        after
    };
    assert_eq!(watch.at(6.0, after(6.0, 5.5)), ["closed network"]);
    assert_eq!(watch.at(6.2, after(6.2, 5.5)), NOTHING);
    assert_eq!(watch.at(6.5, after(6.5, 6.4)), ["opened no-success"]);
    // Servers that answer badly are no outage.
    let mut watch = Watch::new();
    assert_eq!(watch.at(5.0, all("status", 5.0)).len(), 4);
}

#[test]
fn silence_lost_items_and_quarantine() {
    let mut watch = Watch::new();
    let silent = SourceReport {
        silent_from: Some(at(5.0)),
        newest: Some(at(1.0)),
        ..well("a", 5.0)
    };
    assert_eq!(watch.at(5.0, vec![silent.clone()]), ["opened silent"]);
    // A failure on top of it leaves it open.
    let failed = SourceReport {
        silent_from: Some(at(5.0)),
        ..failing("a", "timeout", 6.0, 1, 6.0)
    };
    assert_eq!(watch.at(6.0, vec![failed]), NOTHING);
    let heard = SourceReport {
        silent_from: Some(at(40.0)),
        ..well("a", 7.0)
    };
    assert_eq!(watch.at(7.0, vec![heard]), ["closed silent"]);

    let missed = |now| {
        vec![SourceReport {
            missed_at: Some(at(8.0)),
            ..well("a", now)
        }]
    };
    assert_eq!(watch.at(8.0, missed(8.0)), ["opened lost-items"]);
    assert_eq!(watch.at(31.0, missed(31.0)), NOTHING);
    assert_eq!(watch.at(32.0, missed(32.0)), ["closed lost-items"]);

    let stranger = SourceReport {
        quarantine: Some("its feed calls itself another".to_owned()),
        ..well("a", 33.0)
    };
    assert_eq!(watch.at(33.0, vec![stranger]), ["opened quarantined"]);
    assert_eq!(
        watch.at(34.0, vec![well("a", 34.0)]),
        ["closed quarantined"]
    );
}

#[test]
fn who_is_no_longer_polled_has_no_incident() {
    let mut watch = Watch::new();
    let down = failing("a", "timeout", 2.0, 3, 5.0);
    watch.at(5.0, vec![down]);
    assert_eq!(watch.at(6.0, Vec::new()), ["closed no-success"]);
    let gone = SourceReport {
        gone: Some(at(7.0)),
        next: None,
        ..failing("a", "status", 2.0, 3, 7.0)
    };
    assert_eq!(watch.at(7.0, vec![gone]), ["opened gone"]);
}

#[test]
fn polls_that_are_not_made_are_an_incident_of_who_runs() {
    let mut watch = Watch::new();
    let stuck = || vec![well("a", 2.0)];
    assert_eq!(watch.at(4.5, stuck()), NOTHING);
    assert_eq!(watch.at(5.0, stuck()), ["opened no-success"]);
    // Who has just started has asked nobody late.
    let mut watch = Watch::new();
    assert_eq!(watch.at(0.5, vec![well("a", -48.0)]), NOTHING);
}

#[test]
fn the_services_own_trouble_opens_and_closes_with_room_between() {
    let mut watch = Watch::new();
    let trouble = |last: f64| {
        Some(ServiceTrouble {
            since: at(1.0),
            last: at(last),
            said: "database or disk is full".to_owned(),
        })
    };
    let mut at_disk = |hour: f64, free: u64| {
        let disk = Some(Disk {
            free,
            size: 10 << 30,
        });
        let service = ServiceReport {
            disk,
            ..ServiceReport::default()
        };
        watch.service(hour, Vec::new(), service)
    };
    assert_eq!(at_disk(0.0, 600 << 20), NOTHING);
    assert_eq!(at_disk(0.1, 500 << 20), ["opened disk"]);
    assert_eq!(at_disk(0.2, 600 << 20), NOTHING);
    assert_eq!(at_disk(0.3, 1100 << 20), ["closed disk"]);
    let ill = ServiceReport {
        database: trouble(1.0),
        config: trouble(1.0),
        ..ServiceReport::default()
    };
    let mut turned = watch.service(1.0, Vec::new(), ill.clone());
    turned.sort();
    assert_eq!(turned, ["opened config", "opened database"]);
    // The database was not met in trouble again; the file is still broken.
    assert_eq!(watch.service(1.1, Vec::new(), ill), ["closed database"]);
    let turned = watch.service(1.2, Vec::new(), ServiceReport::default());
    assert_eq!(turned, ["closed config"]);
}

#[test]
fn what_a_start_found_lost_is_told_until_it_is_made_up_for() {
    let mut watch = Watch::new();
    let restored = loss(Loss::SinceBackup("x took its place".to_owned()), at(2.0));
    take(&mut watch.incidents, &restored);
    let both = |read: f64| vec![well("a", read), well("b", 2.5)];
    assert_eq!(watch.at(2.6, both(1.5)), NOTHING);
    assert_eq!(watch.at(3.1, both(3.1)), ["closed restored"]);
    // A source that is added was not there when it happened.
    let added = SourceReport {
        last_ok: None,
        ..well("c", 3.0)
    };
    let three = [both(3.1), vec![added]].concat();
    assert_eq!(watch.at(3.2, three), NOTHING);

    let all = loss(Loss::All("it begins anew".to_owned()), at(4.0));
    take(&mut watch.incidents, &all);
    let one = |read: f64| vec![well("a", read)];
    assert_eq!(watch.at(5.0, one(4.5)), NOTHING);
    assert_eq!(watch.at(27.9, one(27.5)), NOTHING);
    assert_eq!(watch.at(28.0, one(27.5)), ["closed emptied"]);
}

#[test]
fn an_incident_has_one_id_for_ever() {
    let mut watch = Watch::new();
    watch.at(5.0, vec![failing("a", "timeout", 2.0, 3, 5.0)]);
    let before = watch.incidents[0].id();
    watch.at(8.0, vec![well("a", 8.0)]);
    assert_eq!(watch.incidents[0].id(), before);
    watch.at(20.0, vec![failing("a", "timeout", 17.0, 3, 20.0)]);
    assert_eq!(watch.incidents.len(), 2);
    assert_ne!(watch.incidents[1].id(), before);
    for kind in IncidentKind::ALL {
        assert_eq!(IncidentKind::from_word(kind.as_str()), Some(kind));
    }
    let shown = |hours| is_shown(&watch.incidents[0], at(8.0 + hours));
    assert!(shown(29.0 * 24.0) && !shown(30.0 * 24.0));
    assert_eq!(SAID_AGAIN.as_secs(), HOUR);
}
