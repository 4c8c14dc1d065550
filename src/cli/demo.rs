//! `demo`: the service over made-up documents, without a network.
//!
//! The documents come with the program and are served on loopback by an
//! origin of the demo's own; everything else is what `run` does.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tracing::info;

use super::{Done, Ending, Places, places, run};
use crate::config::{self, Config, Mistakes};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where to serve the feed and the page
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
}

/// The host that stands for the origin in the demo's configuration.
const PLACEHOLDER: &str = "http://demo.localhost";

const CONFIG: &str = include_str!("../../demo/feeds.toml");

const XML: &str = "application/xml";

/// The documents by path.
const DOCUMENTS: [(&str, &str, &str); 8] = [
    (
        "/volga-wire.xml",
        XML,
        include_str!("../../demo/volga-wire.xml"),
    ),
    (
        "/steppe-monitor.xml",
        XML,
        include_str!("../../demo/steppe-monitor.xml"),
    ),
    (
        "/ala-too.atom",
        XML,
        include_str!("../../demo/ala-too.atom"),
    ),
    (
        "/harbour-post.json",
        "application/feed+json",
        include_str!("../../demo/harbour-post.json"),
    ),
    (
        "/list.html",
        "text/html; charset=utf-8",
        include_str!("../../demo/list.html"),
    ),
    ("/lianhe.xml", XML, include_str!("../../demo/lianhe.xml")),
    ("/kaveh.xml", XML, include_str!("../../demo/kaveh.xml")),
    (
        "/old-town.rdf",
        XML,
        include_str!("../../demo/old-town.rdf"),
    ),
];

pub(super) fn run(places: &Places, args: &Args) -> Done {
    let data = places::data(places)
        .unwrap_or_else(|_| "data".into())
        .join("demo");
    run::wait_for(async {
        let origin = origin().await?;
        info!("this is the demo: every outlet and every story in it is made up");
        let listen = args.listen;
        let read = move || configured(origin, listen);
        let config = read().map_err(Ending::from_config)?;
        run::service(Arc::new(config), &data, "--listen", read, None).await
    })
}

fn configured(origin: SocketAddr, listen: SocketAddr) -> Result<Config, Mistakes> {
    let text = CONFIG.replace(PLACEHOLDER, &format!("http://{origin}"));
    config::read(
        &format!("{text}\n[server]\nlisten = \"{listen}\"\n"),
        "the demo's configuration",
    )
}

/// Serves the documents on a free port of loopback.
async fn origin() -> Result<SocketAddr, Ending> {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .context("no port on loopback is free")?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service =
                service_fn(|request| async move { Ok::<_, Infallible>(document(&request)) });
            let connection = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service);
            tokio::spawn(async move { drop(connection.await) });
        }
    });
    Ok(address)
}

fn document<B>(request: &Request<B>) -> Response<Full<Bytes>> {
    let found = DOCUMENTS
        .iter()
        .find(|(path, ..)| *path == request.uri().path());
    let Some((_, typ, text)) = found else {
        let mut missing = Response::new(Full::default());
        *missing.status_mut() = StatusCode::NOT_FOUND;
        return missing;
    };
    let tag = format!("\"{}\"", blake3::hash(text.as_bytes()).to_hex());
    let tag = HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"demo\""));
    let mut answer = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    if request.headers().get(IF_NONE_MATCH) == Some(&tag) {
        answer = Response::new(Full::default());
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
    }
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(typ));
    answer.headers_mut().insert(ETAG, tag);
    answer
}
