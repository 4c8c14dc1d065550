//! The origin: answers are handed in where the program would send a request.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::service::service_fn;
use hyper::{Response, StatusCode};
use hyper_util::rt::TokioIo;
use scofeed::fetch::{
    Answering, Exit, Finding, HeaderMap, HeaderName, HeaderValue, Incoming, Lookup, Outgoing,
};
use scofeed::model::Failure;
use tokio::net::TcpListener;
use tokio::time::Instant;

/// One request, as a publisher's log shows it.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// When, counted from the beginning of the world: no clock that anybody
    /// sets.
    pub(crate) at: Duration,
    /// What was asked for.
    pub(crate) url: String,
    /// With which fields.
    pub(crate) fields: HeaderMap,
    /// What was answered; 0 if nothing was.
    pub(crate) status: u16,
}

impl Request {
    /// A field's bytes.
    pub(crate) fn field(&self, name: &str) -> Option<&[u8]> {
        self.fields.get(name).map(HeaderValue::as_bytes)
    }

    /// Whether it could be answered with a 304.
    pub(crate) fn is_conditional(&self) -> bool {
        self.fields.contains_key("if-none-match") || self.fields.contains_key("if-modified-since")
    }

    /// Its host, with the port if it is not the usual one.
    pub(crate) fn host(&self) -> &str {
        let rest = self.url.split_once("://").map_or("", |(_, rest)| rest);
        rest.split('/').next().unwrap_or_default()
    }

    /// Its address without scheme and host.
    pub(crate) fn path(&self) -> &str {
        let rest = self.url.split_once("://").map_or("", |(_, rest)| rest);
        rest.find('/').map_or("/", |slash| &rest[slash..])
    }
}

/// One answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) fields: Vec<(&'static str, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
    /// How long it takes.
    pub(crate) after: Duration,
    /// What comes instead of it.
    pub(crate) trouble: Option<Failure>,
}

impl Reply {
    pub(crate) fn new(status: u16) -> Self {
        Self {
            status,
            after: Duration::from_millis(120),
            ..Self::default()
        }
    }

    pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self {
            body: body.into(),
            ..Self::new(200)
        }
    }

    pub(crate) fn to(status: u16, location: &str) -> Self {
        Self::new(status).with("location", location)
    }

    pub(crate) fn trouble(failure: Failure) -> Self {
        Self {
            trouble: Some(failure),
            ..Self::new(0)
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        self.fields.push((name, value.as_ref().to_vec()));
        self
    }

    pub(crate) fn after(self, after: Duration) -> Self {
        Self { after, ..self }
    }
}

type Handler = Box<dyn FnMut(&Request) -> Reply + Send>;

/// Answers by address, and the record.
pub(crate) struct Origin {
    began: Instant,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    handlers: HashMap<String, Handler>,
    log: Vec<Request>,
    open: HashMap<String, usize>,
    most_open: HashMap<String, usize>,
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Origin").finish_non_exhaustive()
    }
}

impl Origin {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            state: Mutex::default(),
        })
    }

    /// Answers requests for this address so. An address that ends in `*`
    /// stands for all that begin so.
    pub(crate) fn answer(
        &self,
        url: &str,
        handler: impl FnMut(&Request) -> Reply + Send + 'static,
    ) {
        self.state()
            .handlers
            .insert(url.to_owned(), Box::new(handler));
    }

    /// Answers with these, one after the other, then with the last for ever.
    pub(crate) fn script(&self, url: &str, replies: Vec<Reply>) {
        let mut replies = replies.into_iter().peekable();
        let mut last = Reply::new(404);
        self.answer(url, move |_| {
            last = replies.next().unwrap_or_else(|| last.clone());
            last.clone()
        });
    }

    /// How long the world has lasted.
    pub(crate) fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// The record.
    pub(crate) fn log(&self) -> Vec<Request> {
        self.state().log.clone()
    }

    /// The record of one address.
    pub(crate) fn log_of(&self, url: &str) -> Vec<Request> {
        let state = self.state();
        let of = state.log.iter().filter(|request| request.url == url);
        of.cloned().collect()
    }

    /// How many requests of a host were open at once, at most.
    pub(crate) fn most_open(&self, host: &str) -> usize {
        self.state()
            .most_open
            .get(host)
            .copied()
            .unwrap_or_default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn take(&self, url: &str, fields: HeaderMap) -> (Reply, String) {
        let mut state = self.state();
        let mut request = Request {
            at: self.began.elapsed(),
            url: url.to_owned(),
            fields,
            status: 0,
        };
        let reply = match state.handlers.get_mut(&request.url) {
            Some(handler) => handler(&request),
            None => {
                let mut wide = state.handlers.iter_mut();
                wide.find_map(|(url, handler)| {
                    let prefix = url.strip_suffix('*')?;
                    request.url.starts_with(prefix).then(|| handler(&request))
                })
                .unwrap_or_else(|| Reply::new(404))
            }
        };
        request.status = reply.status;
        let host = request.host().to_owned();
        state.log.push(request);
        let open = state.open.entry(host.clone()).or_default();
        *open += 1;
        let open = *open;
        let most = state.most_open.entry(host.clone()).or_default();
        *most = open.max(*most);
        (reply, host)
    }

    /// Takes a request and, after its time, gives the answer.
    async fn serve(
        &self,
        url: &str,
        fields: HeaderMap,
    ) -> Result<(u16, HeaderMap, Vec<u8>), Failure> {
        let (reply, host) = self.take(url, fields);
        let _open = Open(self, host);
        tokio::time::sleep(reply.after).await;
        if let Some(failure) = reply.trouble {
            return Err(failure);
        }
        let mut headers = HeaderMap::new();
        for (name, value) in &reply.fields {
            let value = HeaderValue::from_bytes(value).unwrap();
            headers.append(HeaderName::from_static(name), value);
        }
        let body = if reply.status == 200 {
            reply.body
        } else {
            Vec::new()
        };
        Ok((reply.status, headers, body))
    }

    /// Also answers on a port of loopback, in this runtime: requests for
    /// `http://HOST:PORT/…`, whatever the host. Trouble is a connection that
    /// ends without an answer.
    pub(crate) async fn listen(self: &Arc<Self>) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let origin = Arc::clone(self);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let origin = Arc::clone(&origin);
                let service = service_fn(move |request: hyper::Request<_>| {
                    let origin = Arc::clone(&origin);
                    async move { origin.over_the_wire(&request).await }
                });
                let connection = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service);
                tokio::spawn(async move { drop(connection.await) });
            }
        });
        port
    }

    async fn over_the_wire<B>(
        &self,
        request: &hyper::Request<B>,
    ) -> Result<Response<Full<Bytes>>, Failure> {
        let mut fields = request.headers().clone();
        let host = fields.remove("host").unwrap();
        let url = format!("http://{}{}", host.to_str().unwrap(), request.uri());
        let (status, headers, body) = self.serve(&url, fields).await?;
        let mut response = Response::new(Full::new(Bytes::from(body)));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        response.headers_mut().extend(headers);
        Ok(response)
    }
}

/// Finds every name at loopback.
#[derive(Debug)]
pub(crate) struct Home;

impl Lookup for Home {
    fn addresses(&self, _: &str) -> Finding {
        Box::pin(async { Ok(vec!["127.0.0.1".parse().unwrap()]) })
    }
}

/// Counts a request as open until it is dropped, also by a kill.
struct Open<'a>(&'a Origin, String);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if let Some(open) = self.0.state().open.get_mut(&self.1) {
            *open -= 1;
        }
    }
}

impl Exit for Origin {
    fn send<'a>(&'a self, outgoing: Outgoing<'a>) -> Answering<'a> {
        Box::pin(async move {
            // A fragment is no part of a request.
            let url = outgoing.url.as_str().split('#').next().unwrap_or_default();
            let (status, headers, body) = self.serve(url, outgoing.headers).await?;
            Ok(Incoming {
                status,
                headers,
                body,
                ..Incoming::default()
            })
        })
    }
}

/// A feed of items: a guid, a headline, and when it is dated.
pub(crate) fn rss<'a>(
    items: impl IntoIterator<Item = (&'a str, &'a str, jiff::Timestamp)>,
) -> String {
    let items = items.into_iter().map(|(guid, title, date)| {
        format!(
            "<item><guid isPermaLink=\"false\">{guid}</guid><title>{title}</title>\
             <link>https://articles.example/{guid}</link><pubDate>{}</pubDate></item>",
            date.strftime("%a, %d %b %Y %H:%M:%S GMT")
        )
    });
    let text = items.collect::<Vec<_>>().concat();
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Made up</title>\
         <link>https://articles.example/</link>{text}</channel></rss>"
    )
}
