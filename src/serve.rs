//! The edition over HTTP, from memory: the database may do what it likes, a
//! subscriber gets the last good edition (S-24). Only story pages, searches
//! and closed archives are read, by a few readers of their own.
//!
//! # Why our own accept loop
//! It sets a timer for slow heads, counts connections in all and by address,
//! sends away the silent when the house is full, and waits out a system
//! without file descriptors (S-31, X-22).

mod answer;
mod library;
mod metrics;

pub use library::Library;
pub use metrics::{Tally, metrics};

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use self::library::{Answered, Wanted};
use crate::clock::Clock;
use crate::model::Report;
use crate::render::{self, Edition, Format, Sheet};
use crate::text::span::between;

/// Connections in all, and from one address.
const CONNECTIONS: usize = 256;
const CONNECTIONS_OF_ONE: usize = 32;

/// A request's head: its length and the time to send it.
const HEAD_AT_MOST: usize = 16 * 1024;
const HEAD_WITHIN: Duration = Duration::from_secs(10);

/// A connection may take so long for its requests, and then for its last
/// answer: a minute in all. Feed readers come, ask and go.
const REQUESTS_WITHIN: Duration = Duration::from_secs(50);
const LAST_ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// How long somebody who has no place is heard.
const TURNED_AWAY_WITHIN: Duration = Duration::from_secs(1);

/// How long answers under way may still take when the service ends; idle
/// connections are closed at once.
const END_WITHIN: Duration = Duration::from_secs(1);

/// A report is made every minute; one that is older speaks for a loop that
/// hangs.
const ALIVE_WITHIN: Duration = Duration::from_secs(90);

/// How long the accept loop waits when the system has no descriptor left.
const NO_DESCRIPTOR_WAIT: Duration = Duration::from_millis(200);

/// Serves until `shutdown` resolves; returns when every connection ended.
pub async fn run(listener: TcpListener, room: Room, shutdown: impl Future<Output = ()>) {
    let room = Arc::new(Served {
        room,
        statuses: Statuses::default(),
    });
    let mut shutdown = std::pin::pin!(shutdown);
    let places = Arc::new(Places::default());
    let mut connections = JoinSet::new();
    let (end, ending) = watch::channel(());
    loop {
        while connections.try_join_next().is_some() {}
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let place = Place::take(&places, peer.ip());
                let room = Arc::clone(&room);
                connections.spawn(connection(stream, room, place, ending.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be accepted");
                tokio::time::sleep(NO_DESCRIPTOR_WAIT).await;
            }
        }
    }
    drop((listener, end));
    let all = async { while connections.join_next().await.is_some() {} };
    drop(timeout(END_WITHIN, all).await);
}

/// What a connection is answered from.
#[derive(Clone, Debug)]
pub struct Room {
    /// The present edition.
    pub editions: watch::Receiver<Arc<Edition>>,
    /// The present report: made anew at least once a minute by a service that
    /// lives.
    pub reports: watch::Receiver<Arc<Report>>,
    /// What is read when somebody asks for it.
    pub library: Arc<Library>,
    /// What tells how old the report is.
    pub clock: Clock,
    /// Where what is answered is counted.
    pub tally: Arc<Tally>,
}

impl Room {
    /// Whether the working loop comes round and can write (O-01, D-02); that
    /// we answer requests is told by the answer.
    fn is_well(&self) -> bool {
        let report = self.reports.borrow();
        let age = between(report.at, self.clock.now());
        age < ALIVE_WITHIN && report.service.database.is_none()
    }
}

#[derive(Debug)]
struct Served {
    room: Room,
    statuses: Statuses,
}

impl Served {
    async fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        let edition = Arc::clone(&self.room.editions.borrow());
        let uri = request.uri();
        match uri.path() {
            "/healthz" => return answer::probe(self.room.is_well(), request),
            "/readyz" => return answer::probe(edition.site().is_some(), request),
            path => {
                if let Some(sheet) = self.status(&edition, path) {
                    return answer::answer(Some(&sheet), request);
                }
            }
        }
        if let Some(sheet) = edition.get(uri.path()) {
            return answer::answer(Some(sheet), request);
        }
        if let Some(view) = edition.get(&format!("{}/", uri.path())) {
            return answer::elsewhere(&view.path);
        }
        // Nobody is made to read for what is not answered anyway.
        let reads = [Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
        let wanted = Wanted::read(uri.path(), uri.query()).filter(|_| reads);
        let Some(wanted) = wanted else {
            return answer::answer(None, request);
        };
        match self.room.library.answer(&edition, wanted).await {
            Answered::Found(sheet) => answer::answer(Some(&sheet), request),
            Answered::Nothing => answer::answer(None, request),
            Answered::Busy => answer::later(),
        }
    }

    /// The report as a sheet, if that is what stands at `path`.
    fn status(&self, edition: &Edition, path: &str) -> Option<Arc<Sheet>> {
        let format = Format::STATUS
            .into_iter()
            .find(|format| format.of_site() == path)?;
        let report = Arc::clone(&self.room.reports.borrow());
        let site = edition.site()?;
        Some(
            self.statuses
                .sheet(&report, format, || render::status(site, &report, format)),
        )
    }
}

/// What was made of the present report.
#[derive(Debug, Default)]
struct Statuses {
    made: Mutex<Option<(Arc<Report>, Vec<Arc<Sheet>>)>>,
}

impl Statuses {
    fn sheet(
        &self,
        report: &Arc<Report>,
        format: Format,
        make: impl FnOnce() -> Sheet,
    ) -> Arc<Sheet> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if !made.as_ref().is_some_and(|(of, _)| Arc::ptr_eq(of, report)) {
            *made = None;
        }
        let (_, sheets) = made.get_or_insert_with(|| (Arc::clone(report), Vec::new()));
        if let Some(sheet) = sheets.iter().find(|sheet| sheet.format == format) {
            return Arc::clone(sheet);
        }
        let sheet = Arc::new(make());
        sheets.push(Arc::clone(&sheet));
        sheet
    }
}

async fn connection(
    stream: TcpStream,
    room: Arc<Served>,
    place: Option<Place>,
    mut ending: watch::Receiver<()>,
) {
    let service = service_fn(|request| {
        let (room, place) = (Arc::clone(&room), place.as_ref());
        async move {
            let Some(place) = place else {
                return Ok::<_, Infallible>(answer::busy());
            };
            place.asks();
            let answer = room.answer(&request).await;
            place.is_silent();
            room.room.tally.count(request.uri().path(), answer.status());
            Ok(answer)
        }
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_buf_size(HEAD_AT_MOST)
        .keep_alive(place.is_some());
    let mut served = std::pin::pin!(http.serve_connection(TokioIo::new(stream), service));
    let Some(place) = &place else {
        drop(timeout(TURNED_AWAY_WITHIN, served).await);
        return;
    };
    // What goes wrong on a connection is its client's business.
    tokio::select! {
        _ = served.as_mut() => return,
        () = place.is_needed() => return,
        _ = ending.changed() => {}
        () = tokio::time::sleep(REQUESTS_WITHIN) => {}
    }
    served.as_mut().graceful_shutdown();
    drop(timeout(LAST_ANSWER_WITHIN, served).await);
}

/// Who is connected.
#[derive(Debug, Default)]
struct Places {
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    by_address: HashMap<IpAddr, usize>,
    guests: HashMap<u64, Guest>,
    /// Counts connections, and what they do.
    count: u64,
}

#[derive(Debug)]
struct Guest {
    /// When it last was answered or came, by count; `None` while it is being
    /// answered.
    silent_since: Option<u64>,
    /// Told when its place is needed.
    needed: Arc<Notify>,
}

impl Places {
    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection's place; given back when it is dropped.
#[derive(Debug)]
struct Place {
    places: Arc<Places>,
    address: IpAddr,
    guest: u64,
    needed: Arc<Notify>,
}

impl Place {
    /// When all places are taken, the guest who has been silent longest makes
    /// room: whoever opens connections to say nothing, or to take an answer
    /// byte by byte, keeps out nobody but himself. `None` if nobody is silent,
    /// or if this address has its share; a proxy on loopback speaks for many.
    fn take(places: &Arc<Places>, address: IpAddr) -> Option<Self> {
        let mut taken = places.taken();
        let mine = taken.by_address.get(&address).copied().unwrap_or(0);
        if mine >= CONNECTIONS_OF_ONE && !address.is_loopback() {
            return None;
        }
        if taken.guests.len() >= CONNECTIONS {
            let silent = taken.guests.iter();
            let silent = silent.filter_map(|(id, guest)| Some((guest.silent_since?, *id)));
            let (_, longest) = silent.min()?;
            if let Some(guest) = taken.guests.remove(&longest) {
                guest.needed.notify_one();
            }
        }
        *taken.by_address.entry(address).or_default() += 1;
        taken.count += 1;
        let (guest, needed) = (taken.count, Arc::new(Notify::new()));
        let silent = Guest {
            silent_since: Some(guest),
            needed: Arc::clone(&needed),
        };
        taken.guests.insert(guest, silent);
        drop(taken);
        Some(Self {
            places: Arc::clone(places),
            address,
            guest,
            needed,
        })
    }

    /// A request has come and is being answered.
    fn asks(&self) {
        if let Some(guest) = self.places.taken().guests.get_mut(&self.guest) {
            guest.silent_since = None;
        }
    }

    /// The answer is on its way.
    fn is_silent(&self) {
        let mut taken = self.places.taken();
        taken.count += 1;
        let now = taken.count;
        if let Some(guest) = taken.guests.get_mut(&self.guest) {
            guest.silent_since = Some(now);
        }
    }

    /// Resolves when somebody else needs the place.
    async fn is_needed(&self) {
        self.needed.notified().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.guests.remove(&self.guest);
        if let Some(mine) = taken.by_address.get_mut(&self.address) {
            *mine -= 1;
            if *mine == 0 {
                taken.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(n: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, n])
    }

    #[test]
    fn an_address_has_its_share_and_no_more() {
        let places = Arc::new(Places::default());
        let take = |n| Place::take(&places, address(n));
        let mut mine: Vec<_> = (0..CONNECTIONS_OF_ONE).map(|_| take(1).unwrap()).collect();
        assert!(take(1).is_none());
        assert!(take(2).is_some());
        mine.pop();
        mine.push(take(1).unwrap());
        assert!(take(1).is_none());
        let loopback = IpAddr::from([127, 0, 0, 1]);
        let proxy: Vec<_> = (0..100).map(|_| Place::take(&places, loopback)).collect();
        assert!(proxy.iter().all(Option::is_some));
        drop((mine, proxy));
        assert!(places.taken().by_address.is_empty() && places.taken().guests.is_empty());
    }

    #[test]
    fn in_a_full_house_the_longest_silent_makes_room() {
        let places = Arc::new(Places::default());
        let take = |n: usize| {
            let address = address(u8::try_from(n / CONNECTIONS_OF_ONE).unwrap());
            Place::take(&places, address)
        };
        let house: Vec<_> = (0..CONNECTIONS).map(|n| take(n).unwrap()).collect();
        let is_out = |n: usize| !places.taken().guests.contains_key(&house[n].guest);
        // The first is being answered, the second has just been.
        house[0].asks();
        house[1].asks();
        house[1].is_silent();
        let newer: Vec<_> = (0..2).map(|n| take(CONNECTIONS + n).unwrap()).collect();
        assert!(is_out(2) && is_out(3));
        assert!(!is_out(0) && !is_out(1) && !is_out(4));
        assert_eq!(places.taken().guests.len(), CONNECTIONS);
        // Nobody is silent: nobody is sent away in the midst of his answer.
        house.iter().chain(&newer).for_each(Place::asks);
        assert!(take(CONNECTIONS + 2).is_none());
        // Who had to leave takes nobody with him.
        house[2].is_silent();
        drop(house);
        assert_eq!(places.taken().guests.len(), newer.len());
    }
}
