//! The edition over HTTP, from memory: the database may do what it likes, a
//! subscriber gets the last good edition (S-24). Only pages of stories and
//! months, searches and closed archives are read, by a few readers of their
//! own.
//!
//! # Why our own accept loop
//! It sets a timer for slow heads, counts connections in all and by address,
//! sends away the silent when the house is full, and waits out a system
//! without file descriptors (S-31, X-22).

mod answer;
mod library;
mod line;
mod metrics;
mod ready;
mod report;

pub use library::Library;
pub use metrics::{Tally, metrics};
pub use report::{report, report_listener, reported};

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::Uri;
use hyper::body::Bytes;
use jiff::Timestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use self::answer::Answer;
use self::library::{Answered, Wanted};
use self::line::Asked;
use self::ready::Prepared;
use crate::clock::Clock;
use crate::model::Report;
use crate::render::{self, Edition, Format, Sheet};
use crate::text::span::between;

/// Connections in all, and from one address.
const CONNECTIONS: usize = 256;
const CONNECTIONS_OF_ONE: usize = 32;

/// How long answers under way may still take when the service ends; idle
/// connections are closed at once.
const END_WITHIN: Duration = Duration::from_secs(1);

/// A report is made every twenty seconds; one that is older speaks for a loop
/// that hangs.
const ALIVE_WITHIN: Duration = Duration::from_secs(30);

/// How long the accept loop waits when the system has no descriptor left.
const NO_DESCRIPTOR_WAIT: Duration = Duration::from_millis(200);

/// How we ask ourselves whether we answer.
const REQUEST: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// Serves until `shutdown` resolves; returns when every connection ended.
/// Several may serve one house, each on a thread of its own.
pub async fn run(listener: TcpListener, house: Arc<House>, shutdown: impl Future<Output = ()>) {
    let mut shutdown = std::pin::pin!(shutdown);
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
                let place = Place::take(&house.places, peer.ip());
                let house = Arc::clone(&house);
                connections.spawn(line::serve(stream, house, place, ending.clone()));
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

/// What requests are answered from.
#[derive(Clone, Debug)]
pub struct Room {
    /// The present edition.
    pub editions: watch::Receiver<Arc<Edition>>,
    /// The present report: made anew every twenty seconds by a service that
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
        is_alive(&report, self.clock.now()) && report.service.database.is_none()
    }
}

/// Whether a report is as young as that of a loop that comes round (O-01,
/// D-02).
pub fn is_alive(report: &Report, now: Timestamp) -> bool {
    between(report.at, now) < ALIVE_WITHIN
}

/// A room with places for guests.
#[derive(Debug)]
pub struct House {
    room: Room,
    prepared: Mutex<Arc<Prepared>>,
    statuses: Statuses,
    places: Arc<Places>,
}

/// What a request is answered with.
enum Reply {
    /// A head that stood ready, and a body.
    Ready(Bytes, Bytes),
    Made(Answer),
}

impl House {
    /// An empty house.
    pub fn new(room: Room) -> Arc<Self> {
        Arc::new(Self {
            room,
            prepared: Mutex::default(),
            statuses: Statuses::default(),
            places: Arc::default(),
        })
    }

    /// The present edition, ready to be sent.
    fn prepared(&self) -> Arc<Prepared> {
        let mut prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        let edition = Arc::clone(&self.room.editions.borrow());
        if !Arc::ptr_eq(&prepared.edition, &edition) {
            *prepared = Arc::new(prepared.next(&edition));
        }
        Arc::clone(&prepared)
    }

    async fn reply(&self, prepared: &Prepared, asked: &Asked<'_>, place: &Place) -> Reply {
        place.is_silent();
        // Whoever takes us for a proxy names a whole address.
        let target = asked.target;
        let uri;
        let (path, query) = if target.starts_with('/') {
            target
                .split_once('?')
                .map_or((target, None), |(path, query)| (path, Some(query)))
        } else {
            uri = target.parse::<Uri>().unwrap_or_default();
            match uri.scheme() {
                Some(_) => (uri.path(), uri.query()),
                None => (target, None),
            }
        };
        let is_plain = asked.reads() && !asked.terms.wants_one_state();
        if let Some(ready) = prepared.get(path).filter(|_| is_plain) {
            let (status, head, body) = ready.answer(&asked.terms);
            self.room.tally.count(path, status);
            return Reply::Ready(head, body);
        }
        let answer = self.make(prepared, asked, path, query, place).await;
        self.room.tally.count(path, answer.status());
        Reply::Made(answer)
    }

    /// The answer to a request for which none stands ready.
    async fn make(
        &self,
        prepared: &Prepared,
        asked: &Asked<'_>,
        path: &str,
        query: Option<&str>,
        place: &Place,
    ) -> Answer {
        let Asked { method, terms, .. } = asked;
        match path {
            "/healthz" => return answer::probe(self.room.is_well(), method),
            "*" if *method == "OPTIONS" => return answer::options(Format::Page),
            "/readyz" => return answer::probe(prepared.edition.site().is_some(), method),
            _ => {}
        }
        if let Some(sheet) = self.status(&prepared.edition, path) {
            return answer::answer(&sheet, method, terms);
        }
        if let Some(ready) = prepared.get(path) {
            return answer::answer(&ready.sheet, method, terms);
        }
        if let Some(view) = prepared.get(&format!("{path}/")) {
            return answer::elsewhere(&view.sheet.path);
        }
        // Nobody is made to read for what is not answered anyway.
        let wanted = Wanted::read(path, query);
        let nothing = || answer::nothing(prepared.missing(), method, terms);
        let Some(wanted) = wanted.filter(|_| asked.reads() || *method == "OPTIONS") else {
            return nothing();
        };
        place.asks();
        let answered = self.room.library.answer(&prepared.edition, wanted).await;
        place.is_silent();
        match answered {
            Answered::Found(sheet) => answer::answer(&sheet, method, terms),
            Answered::Joined(heir) => answer::joined(heir),
            Answered::Nothing => nothing(),
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
    made: Mutex<Option<Made>>,
}

/// A report and its sheets.
type Made = (Arc<Report>, Vec<Arc<Sheet>>);

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

/// Where a listener is reached from this machine.
fn own(listener: SocketAddr) -> SocketAddr {
    let ip = match listener.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listener.port())
}

/// Whether somebody answers there in time. A full house that sends us away is
/// an answer; and that we have no descriptor to ask with says nothing against
/// it.
pub async fn answers(listener: SocketAddr, within: Duration) -> bool {
    let asked = async {
        let mut stream = TcpStream::connect(own(listener)).await?;
        stream.write_all(REQUEST).await?;
        stream.read(&mut [0; 64]).await
    };
    match timeout(within, asked).await {
        Ok(Err(error)) => error.kind() != io::ErrorKind::ConnectionRefused,
        Ok(Ok(_)) => true,
        Err(_) => false,
    }
}

/// Who is connected.
#[derive(Debug, Default)]
struct Places {
    taken: Mutex<Taken>,
    /// Counts connections, and what they do.
    count: AtomicU64,
}

#[derive(Debug, Default)]
struct Taken {
    by_address: HashMap<IpAddr, usize>,
    guests: HashMap<u64, Arc<Guest>>,
}

/// Somebody who is connected.
#[derive(Debug)]
struct Guest {
    /// When he last was answered or came, by count; `BUSY` while he waits for
    /// his answer.
    silent_since: AtomicU64,
    /// Told when his place is needed.
    needed: Notify,
}

/// Later than any silence.
const BUSY: u64 = u64::MAX;

impl Places {
    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> u64 {
        self.count.fetch_add(1, Ordering::Relaxed)
    }
}

/// One connection's place; given back when it is dropped.
#[derive(Debug)]
struct Place {
    places: Arc<Places>,
    address: IpAddr,
    number: u64,
    guest: Arc<Guest>,
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
            let since = |guest: &Guest| guest.silent_since.load(Ordering::Relaxed);
            let silent = taken.guests.iter();
            let silent = silent.map(|(number, guest)| (since(guest), *number));
            let (_, longest) = silent.filter(|(since, _)| *since != BUSY).min()?;
            if let Some(guest) = taken.guests.remove(&longest) {
                guest.needed.notify_one();
            }
        }
        *taken.by_address.entry(address).or_default() += 1;
        let number = places.next();
        let guest = Arc::new(Guest {
            silent_since: AtomicU64::new(number),
            needed: Notify::new(),
        });
        taken.guests.insert(number, Arc::clone(&guest));
        drop(taken);
        Some(Self {
            places: Arc::clone(places),
            address,
            number,
            guest,
        })
    }

    /// An answer is looked for.
    fn asks(&self) {
        self.guest.silent_since.store(BUSY, Ordering::Relaxed);
    }

    /// The answer is on its way.
    fn is_silent(&self) {
        let now = self.places.next();
        self.guest.silent_since.store(now, Ordering::Relaxed);
    }

    /// Resolves when somebody else needs the place.
    async fn is_needed(&self) {
        self.guest.needed.notified().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.guests.remove(&self.number);
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

    const SOON: Duration = Duration::from_millis(50);
    const LATE: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn who_answers_lives_and_who_does_not_is_dead() {
        let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        assert!(own(address).ip().is_loopback());
        // The system takes the connection; nobody else does.
        assert!(!answers(address, SOON).await);
        let (stuck, _) = listener.accept().await.unwrap();
        for answer in ["HTTP/1.1 503 Service Unavailable\r\n\r\n", ""] {
            let answered = async {
                let (mut stream, _) = listener.accept().await.unwrap();
                stream.read_exact(&mut [0; REQUEST.len()]).await.unwrap();
                stream.write_all(answer.as_bytes()).await.unwrap();
            };
            let (lives, ()) = tokio::join!(answers(address, LATE), answered);
            assert!(lives, "{answer:?}");
        }
        drop((stuck, listener));
        assert!(!answers(address, LATE).await);
    }

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
        let is_out = |n: usize| !places.taken().guests.contains_key(&house[n].number);
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
