//! HTTP/1.1 on one connection.
//!
//! # Why our own
//! Nearly every request is a feed reader's for a sheet that stands in memory,
//! and costs less than a microsecond to answer; what a general server does
//! beside it, a map of the request's fields, a map of the answer's, a timer
//! for each head, costs ten times that. Here a head is read where it arrived,
//! and the heads of answers stand ready with their sheets. Requests with a
//! body get their answer and then the end of the connection, so that nobody
//! can hide a second request in one.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::http::uri::Authority;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use super::answer::{self, Answer, Terms};
use super::ready;
use super::{House, Place, Reply};
use crate::clock::Clock;

/// A request's head: its length, its fields, and the time to send it.
const HEAD_AT_MOST: usize = 16 * 1024;
const FIELDS_AT_MOST: usize = 64;
const HEAD_WITHIN: Duration = Duration::from_secs(10);

/// A connection may take so long for its requests, and then for its last
/// answer: a minute in all. Feed readers come, ask and go.
const REQUESTS_WITHIN: Duration = Duration::from_secs(50);
const LAST_ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// How long somebody who has no place is heard.
const TURNED_AWAY_WITHIN: Duration = Duration::from_secs(1);

/// What still comes on a connection that we end is thrown away for so long:
/// closing on it would destroy the answer on its way.
const DRAIN_WITHIN: Duration = Duration::from_secs(1);
const DRAIN_AT_MOST: usize = 256 * 1024;

/// Who has just come when we end may still say what he wants.
const LAST_WORD_WITHIN: Duration = Duration::from_millis(100);

/// A thread that gives so many answers in so short a time makes way then. Where
/// clients, or a proxy in front, share its processor, they would wait until the
/// system takes it away (`benches/README.md`).
const MANY_ANSWERS: u32 = 32;
const SHORT_TIME: Duration = Duration::from_millis(4);

/// Room for a usual head, made at once.
const USUAL_HEAD: usize = 1024;

/// A request, as far as anybody looks at it.
pub(super) struct Asked<'b> {
    pub(super) method: &'b str,
    pub(super) target: &'b str,
    pub(super) terms: Terms<'b>,
    /// Whether another request may follow on the connection.
    lasts: bool,
}

impl Asked<'_> {
    /// Whether it asks for something.
    pub(super) fn reads(&self) -> bool {
        matches!(self.method, "GET" | "HEAD")
    }
}

/// What stands in the inbox.
enum Head<'b> {
    /// A request, and how long its head is.
    Whole(Asked<'b>, usize),
    Partial,
    Bad(StatusCode),
}

impl<'b> Head<'b> {
    fn read(inbox: &'b [u8]) -> Self {
        let mut fields = [httparse::EMPTY_HEADER; FIELDS_AT_MOST];
        let mut request = httparse::Request::new(&mut fields);
        let length = match request.parse(inbox) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) if inbox.len() < HEAD_AT_MOST => return Self::Partial,
            Ok(httparse::Status::Partial) if !inbox.contains(&b'\n') => {
                return Self::Bad(StatusCode::URI_TOO_LONG);
            }
            Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => {
                return Self::Bad(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
            }
            Err(_) => return Self::Bad(StatusCode::BAD_REQUEST),
        };
        let mut asked = Asked {
            method: request.method.unwrap_or_default(),
            target: request.path.unwrap_or_default(),
            terms: Terms::default(),
            lasts: request.version == Some(1),
        };
        let mut hosts = 0;
        for field in request.headers.iter() {
            let is = |name: &str| field.name.eq_ignore_ascii_case(name);
            if is("connection") {
                asked.lasts &= !names_close(field.value);
            } else if is("transfer-encoding") || (is("content-length") && field.value != b"0") {
                asked.lasts = false;
            } else if is("host") {
                hosts += if names_host(field.value) { 1 } else { 2 };
            } else {
                asked.terms.add(field.name, field.value);
            }
        }
        // RFC 9112 section 3.2.
        if hosts > 1 || (hosts == 0 && request.version == Some(1)) {
            return Self::Bad(StatusCode::BAD_REQUEST);
        }
        Self::Whole(asked, length)
    }
}

/// Whether it is a host and perhaps a port; empty where the address has none.
fn names_host(value: &[u8]) -> bool {
    value.is_empty() || Authority::try_from(value).is_ok_and(|host| !host.as_str().contains('@'))
}

fn names_close(value: &[u8]) -> bool {
    let mut options = value.split(|byte| *byte == b',');
    options.any(|option| option.trim_ascii().eq_ignore_ascii_case(b"close"))
}

/// Serves a connection until its client goes, has taken long enough, or makes
/// room for others. Without a place it is told to come back later.
pub(super) async fn serve(
    stream: TcpStream,
    house: Arc<House>,
    place: Option<Place>,
    mut ending: watch::Receiver<()>,
) {
    // Answers are whole; there is nothing to wait for.
    drop(stream.set_nodelay(true));
    let born = Instant::now();
    let times = match &place {
        Some(_) => Times {
            first: born + HEAD_WITHIN,
            last: born + REQUESTS_WITHIN,
            end: born + REQUESTS_WITHIN + LAST_ANSWER_WITHIN,
        },
        None => Times {
            first: born + TURNED_AWAY_WITHIN,
            last: born + TURNED_AWAY_WITHIN,
            end: born + TURNED_AWAY_WITHIN,
        },
    };
    let mut line = Line {
        stream,
        inbox: Vec::with_capacity(USUAL_HEAD),
        out: Vec::with_capacity(USUAL_HEAD),
        date: Date::default(),
        is_fresh: true,
        ends_at: None,
        timer: Box::pin(sleep_until(times.first)),
    };
    let ended = async {
        match &place {
            Some(place) => place.is_needed().await,
            None => std::future::pending().await,
        }
    };
    let (needed, ending) = (pin!(ended), pin!(async { drop(ending.changed().await) }));
    let mut stops = Stops { needed, ending };
    let served = line.requests(&house, place.as_ref(), &mut stops, times);
    if served.await == End::Unread {
        line.drain().await;
    }
}

/// When a connection's first request must be there, until when it may ask, and
/// when it ends.
#[derive(Clone, Copy)]
struct Times {
    first: Instant,
    last: Instant,
    end: Instant,
}

/// What makes a connection end beside its client and its age.
struct Stops<'s, N, E> {
    needed: Pin<&'s mut N>,
    ending: Pin<&'s mut E>,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// There is nothing more to come, or nobody to whom it matters.
    Clean,
    /// An answer is on its way, and its client may not be done.
    Unread,
}

/// A connection.
struct Line {
    stream: TcpStream,
    inbox: Vec<u8>,
    out: Vec<u8>,
    date: Date,
    /// Nothing was asked on it yet: who has just come is answered also while
    /// we end.
    is_fresh: bool,
    /// Set when we end.
    ends_at: Option<Instant>,
    /// Wakes us at a deadline or before; set anew only when it has.
    timer: Pin<Box<Sleep>>,
}

impl Line {
    /// Answers one request after the other.
    async fn requests<N, E>(
        &mut self,
        house: &House,
        place: Option<&Place>,
        stops: &mut Stops<'_, N, E>,
        Times { first, last, end }: Times,
    ) -> End
    where
        N: Future<Output = ()>,
        E: Future<Output = ()>,
    {
        let mut editions = house.room.editions.clone();
        let mut prepared = house.prepared();
        let mut deadline = first;
        loop {
            let inbox = std::mem::take(&mut self.inbox);
            let (asked, length) = match Head::read(&inbox) {
                Head::Whole(asked, length) => (asked, length),
                Head::Partial => {
                    self.inbox = inbox;
                    let Err(error) = self.more(stops, deadline.min(last)).await else {
                        continue;
                    };
                    // Who has begun to ask is told why nothing comes.
                    if error.kind() != io::ErrorKind::TimedOut || self.inbox.is_empty() {
                        return End::Clean;
                    }
                    let late = answer::bad(StatusCode::REQUEST_TIMEOUT);
                    let sent = self.send(&late, true, false, stops, end).await;
                    return sent.map_or(End::Clean, |()| End::Unread);
                }
                Head::Bad(status) => {
                    let bad = answer::bad(status);
                    let sent = self.send(&bad, true, false, stops, end).await;
                    return sent.map_or(End::Clean, |()| End::Unread);
                }
            };
            self.is_fresh = false;
            if editions.has_changed().unwrap_or(false) {
                editions.mark_unchanged();
                prepared = house.prepared();
            }
            let lasts = asked.lasts && place.is_some() && Instant::now() < last;
            let with_body = asked.method != "HEAD";
            let sent = match place {
                None => {
                    self.send(&answer::busy(), with_body, lasts, stops, end)
                        .await
                }
                Some(place) => match house.reply(&prepared, &asked, place).await {
                    Reply::Ready(head, body) => {
                        let body = if with_body { body } else { Bytes::new() };
                        self.out.clear();
                        self.out.extend_from_slice(&head);
                        self.finish(body, lasts, stops, end).await
                    }
                    Reply::Made(answer) => self.send(&answer, with_body, lasts, stops, end).await,
                },
            };
            if sent.is_err() {
                return End::Clean;
            }
            self.inbox = inbox;
            self.inbox.drain(..length);
            give_way();
            if !lasts {
                return End::Unread;
            }
            deadline = Instant::now() + HEAD_WITHIN;
        }
    }

    /// Waits for more of a head.
    async fn more<N, E>(&mut self, stops: &mut Stops<'_, N, E>, until: Instant) -> io::Result<()>
    where
        N: Future<Output = ()>,
        E: Future<Output = ()>,
    {
        let Self {
            stream,
            inbox,
            timer,
            is_fresh,
            ends_at,
            ..
        } = self;
        inbox.reserve(USUAL_HEAD);
        poll_fn(|cx| {
            while stream.poll_read_ready(cx)?.is_ready() {
                match stream.try_read_buf(inbox) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Ok(0) => return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
                    read => return Poll::Ready(read.map(drop)),
                }
            }
            if ends_at.is_none() && stops.ending.as_mut().poll(cx).is_ready() {
                *ends_at = Some(Instant::now() + LAST_WORD_WITHIN);
            }
            let until = match ends_at {
                Some(_) if !*is_fresh => {
                    return Poll::Ready(Err(io::ErrorKind::Interrupted.into()));
                }
                Some(end) => until.min(*end),
                None => until,
            };
            ends(stops.needed.as_mut(), timer.as_mut(), until, cx)
        })
        .await
    }

    /// Sends an answer whose head is not ready.
    async fn send<N, E>(
        &mut self,
        answer: &Answer,
        with_body: bool,
        lasts: bool,
        stops: &mut Stops<'_, N, E>,
        until: Instant,
    ) -> io::Result<()>
    where
        N: Future<Output = ()>,
    {
        self.out.clear();
        ready::write(&mut self.out, answer);
        let body = if with_body {
            answer.body().clone()
        } else {
            Bytes::new()
        };
        self.finish(body, lasts, stops, until).await
    }

    /// Completes the head with what is of this moment and this connection, and
    /// sends it with its body.
    async fn finish<N, E>(
        &mut self,
        body: Bytes,
        lasts: bool,
        stops: &mut Stops<'_, N, E>,
        until: Instant,
    ) -> io::Result<()>
    where
        N: Future<Output = ()>,
    {
        let Self {
            stream,
            out,
            date,
            timer,
            ..
        } = self;
        out.extend_from_slice(b"date: ");
        out.extend_from_slice(date.now().as_bytes());
        if !lasts {
            out.extend_from_slice(b"\r\nconnection: close");
        }
        out.extend_from_slice(b"\r\n\r\n");
        let (mut head, mut body): (&[u8], &[u8]) = (out, &body);
        poll_fn(|cx| {
            while !head.is_empty() || !body.is_empty() {
                let parts = [io::IoSlice::new(head), io::IoSlice::new(body)];
                match stream.try_write_vectored(&parts) {
                    Ok(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                    Ok(sent) => {
                        let of_head = sent.min(head.len());
                        head = head.get(of_head..).unwrap_or_default();
                        body = body.get(sent - of_head..).unwrap_or_default();
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        if stream.poll_write_ready(cx)?.is_pending() {
                            return ends(stops.needed.as_mut(), timer.as_mut(), until, cx);
                        }
                    }
                    Err(error) => return Poll::Ready(Err(error)),
                }
            }
            Poll::Ready(Ok(()))
        })
        .await
    }

    /// Ends the connection after an answer: what still comes is thrown away.
    async fn drain(&mut self) {
        let all = async {
            self.stream.shutdown().await?;
            let mut left = DRAIN_AT_MOST;
            let mut waste = [0; 4096];
            loop {
                let read = self.stream.read(&mut waste).await?;
                left = left.saturating_sub(read);
                if read == 0 || left == 0 {
                    return io::Result::Ok(());
                }
            }
        };
        drop(timeout(DRAIN_WITHIN, all).await);
    }
}

thread_local! {
    /// Answers on all connections of this thread since it last looked, and
    /// when that was.
    static ANSWERS: Cell<(u32, Option<Instant>)> = const { Cell::new((0, None)) };
}

/// Counts an answer, and lets others have the processor if this thread has
/// given many in a short time.
fn give_way() {
    let (answers, since) = ANSWERS.get();
    if answers < MANY_ANSWERS {
        ANSWERS.set((answers + 1, since));
        return;
    }
    let now = Instant::now();
    ANSWERS.set((0, Some(now)));
    if since.is_some_and(|since| now - since < SHORT_TIME) {
        std::thread::yield_now();
    }
}

/// Ready with an error when the place is needed or the deadline has come.
fn ends<N: Future<Output = ()>>(
    needed: Pin<&mut N>,
    mut timer: Pin<&mut Sleep>,
    until: Instant,
    cx: &mut Context<'_>,
) -> Poll<io::Result<()>> {
    if needed.poll(cx).is_ready() {
        return Poll::Ready(Err(io::ErrorKind::Interrupted.into()));
    }
    if timer.deadline() > until {
        timer.as_mut().reset(until);
    }
    while timer.as_mut().poll(cx).is_ready() {
        if Instant::now() >= until {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        timer.as_mut().reset(until);
    }
    Poll::Pending
}

/// The value of `Date`, formed once a second.
#[derive(Default)]
struct Date {
    second: i64,
    text: String,
}

impl Date {
    fn now(&mut self) -> &str {
        let second = Clock::System.now().as_second();
        if second != self.second || self.text.is_empty() {
            let since = Duration::from_secs(u64::try_from(second).unwrap_or(0));
            self.text = httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + since);
            self.second = second;
        }
        &self.text
    }
}
