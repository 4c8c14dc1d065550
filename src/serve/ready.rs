//! Sheets with the heads of their answers, made when an edition comes and not
//! when a request does.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::Arc;

use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::header::CONTENT_LENGTH;

use super::answer::{self, Answer, Coding, Terms};
use crate::render::{self, Edition, Sheet};

/// A sheet, ready to be sent.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) sheet: Arc<Sheet>,
    /// By coding: the head of a 200, and of a 304.
    heads: [[Bytes; 2]; 3],
}

impl Ready {
    fn new(sheet: &Arc<Sheet>) -> Self {
        let head = |coding, known| {
            let mut head = Vec::new();
            write(&mut head, &answer::form(sheet, coding, known));
            Bytes::from(head)
        };
        Self {
            heads: Coding::ALL.map(|coding| [false, true].map(|known| head(coding, known))),
            sheet: Arc::clone(sheet),
        }
    }

    /// Status, head and body of the answer to a GET.
    pub(super) fn answer(&self, terms: &Terms<'_>) -> (StatusCode, Bytes, Bytes) {
        let coding = answer::coding(&self.sheet, terms);
        let known = answer::is_known(&self.sheet, terms);
        let [full, not_modified] = match coding {
            Coding::Brotli => &self.heads[0],
            Coding::Gzip => &self.heads[1],
            Coding::Identity => &self.heads[2],
        };
        if known {
            (StatusCode::NOT_MODIFIED, not_modified.clone(), Bytes::new())
        } else {
            let body = coding.body(&self.sheet).clone();
            (StatusCode::OK, full.clone(), body)
        }
    }
}

/// An edition, ready to be sent.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    pub(super) edition: Arc<Edition>,
    sheets: HashMap<String, Arc<Ready>>,
    /// What a person is told where nothing is.
    missing: Option<Arc<Sheet>>,
}

impl Prepared {
    /// The next edition; what is the same in it is ready already.
    pub(super) fn next(&self, edition: &Arc<Edition>) -> Self {
        let sheets = edition.iter().map(|sheet| {
            let ready = self.sheets.get(&sheet.path);
            let ready = ready.filter(|ready| Arc::ptr_eq(&ready.sheet, sheet));
            let ready = ready.map_or_else(|| Arc::new(Ready::new(sheet)), Arc::clone);
            (sheet.path.clone(), ready)
        });
        let site = |edition: &Edition| edition.site().map(Arc::as_ptr);
        let missing = match edition.site() {
            Some(_) if site(edition) == site(&self.edition) => self.missing.clone(),
            site => site.map(|site| Arc::new(render::missing(site))),
        };
        Self {
            sheets: sheets.collect(),
            edition: Arc::clone(edition),
            missing,
        }
    }

    pub(super) fn missing(&self) -> Option<&Sheet> {
        self.missing.as_deref()
    }

    pub(super) fn get(&self, path: &str) -> Option<&Arc<Ready>> {
        self.sheets.get(path)
    }
}

/// Status and fields of an answer, up to those of moment and connection.
pub(super) fn write(out: &mut Vec<u8>, answer: &Answer) {
    let status = answer.status();
    let reason = status.canonical_reason().unwrap_or_default();
    // Writing to memory cannot fail.
    drop(write!(out, "HTTP/1.1 {} {reason}\r\n", status.as_str()));
    for (name, value) in answer.headers() {
        out.extend_from_slice(name.as_str().as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    let is_bodiless = matches!(status, StatusCode::NOT_MODIFIED | StatusCode::NO_CONTENT);
    if !is_bodiless && !answer.headers().contains_key(CONTENT_LENGTH) {
        drop(write!(out, "content-length: {}\r\n", answer.body().len()));
    }
}
