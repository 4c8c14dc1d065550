//! The edition over HTTP, from memory: the database may do what it likes, a
//! subscriber gets the last good edition (S-24). Only story pages, searches
//! and closed archives are read, by a few readers of their own.
//!
//! # Why our own accept loop
//! It sets a timer for slow heads, counts connections in all and by address,
//! and waits out a system without file descriptors (S-31, X-22).

mod answer;
mod library;

pub use library::Library;

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use self::library::{Answered, Wanted};
use crate::render::Edition;

/// Connections in all, and from one address.
const CONNECTIONS: usize = 256;
const CONNECTIONS_OF_ONE: usize = 32;

/// A request's head: its length and the time to send it.
const HEAD_AT_MOST: usize = 16 * 1024;
const HEAD_WITHIN: Duration = Duration::from_secs(10);

/// A connection may take so long in all; feed readers come, ask and go.
const CONNECTION_WITHIN: Duration = Duration::from_mins(1);

/// How long answers under way may still take when the service ends; idle
/// connections are closed at once.
const END_WITHIN: Duration = Duration::from_secs(1);

/// How long the accept loop waits when the system has no descriptor left.
const NO_DESCRIPTOR_WAIT: Duration = Duration::from_millis(200);

/// Serves until `shutdown` resolves; returns when every connection ended.
pub async fn run(
    listener: TcpListener,
    editions: watch::Receiver<Arc<Edition>>,
    library: Arc<Library>,
    shutdown: impl Future<Output = ()>,
) {
    let mut shutdown = std::pin::pin!(shutdown);
    let places = Arc::new(Places::default());
    let mut connections = JoinSet::new();
    let graceful = GracefulShutdown::new();
    loop {
        while connections.try_join_next().is_some() {}
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let place = Place::take(&places, peer.ip());
                let watcher = graceful.watcher();
                let room = Room {
                    editions: editions.clone(),
                    library: Arc::clone(&library),
                };
                connections.spawn(connection(stream, room, place, watcher));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be accepted");
                tokio::time::sleep(NO_DESCRIPTOR_WAIT).await;
            }
        }
    }
    drop(timeout(END_WITHIN, graceful.shutdown()).await);
}

/// What a connection is answered from.
#[derive(Clone, Debug)]
struct Room {
    editions: watch::Receiver<Arc<Edition>>,
    library: Arc<Library>,
}

impl Room {
    async fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        let edition = Arc::clone(&self.editions.borrow());
        let uri = request.uri();
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
        match self.library.answer(&edition, wanted).await {
            Answered::Found(sheet) => answer::answer(Some(&sheet), request),
            Answered::Nothing => answer::answer(None, request),
            Answered::Busy => answer::later(),
        }
    }
}

async fn connection(stream: TcpStream, room: Room, place: Option<Place>, watcher: Watcher) {
    let is_full = place.is_none();
    let service = service_fn(|request| {
        let room = room.clone();
        async move {
            Ok::<_, Infallible>(if is_full {
                answer::busy()
            } else {
                room.answer(&request).await
            })
        }
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_buf_size(HEAD_AT_MOST)
        .keep_alive(!is_full);
    let served = watcher.watch(http.serve_connection(TokioIo::new(stream), service));
    // What goes wrong on a connection is its client's business.
    drop(timeout(CONNECTION_WITHIN, served).await);
    drop(place);
}

/// Who is connected.
#[derive(Debug, Default)]
struct Places {
    by_address: Mutex<HashMap<IpAddr, usize>>,
}

/// One connection's place; given back when it is dropped.
#[derive(Debug)]
struct Place {
    places: Arc<Places>,
    address: IpAddr,
}

impl Place {
    /// `None` if all places are taken, or all of this address. A proxy on
    /// loopback speaks for many.
    fn take(places: &Arc<Places>, address: IpAddr) -> Option<Self> {
        let mut taken = places
            .by_address
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let all: usize = taken.values().sum();
        let mine = taken.entry(address).or_default();
        if all >= CONNECTIONS || (*mine >= CONNECTIONS_OF_ONE && !address.is_loopback()) {
            return None;
        }
        *mine += 1;
        Some(Self {
            places: Arc::clone(places),
            address,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self
            .places
            .by_address
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(mine) = taken.get_mut(&self.address) {
            *mine -= 1;
            if *mine == 0 {
                taken.remove(&self.address);
            }
        }
    }
}
