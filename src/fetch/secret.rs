//! What a source wants to be told with every request, and nobody else may
//! know: a token, or a user's name and password.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};

use crate::model::{Failure, SecretPlace};

/// A secret is one line, and no book.
const BYTES_AT_MOST: usize = 4096;

/// One field of a request. Its value is printed nowhere.
#[derive(Clone, Debug)]
pub struct Secret {
    pub(super) field: HeaderName,
    pub(super) value: HeaderValue,
}

impl Secret {
    /// Reads the secret, each time anew: it may be changed while we run, and
    /// only the service itself may be able to read it.
    pub fn read(place: &SecretPlace) -> Result<Self, Failure> {
        let name = &place.name;
        let trouble = |said: String| Failure::Secret(format!("`{name}` {said}"));
        let files = place.folders.iter().map(|folder| folder.join(name));
        for file in files {
            match std::fs::read(&file) {
                Ok(text) => {
                    return Self::of(&text).ok_or_else(|| {
                        trouble(format!("in {} is no secret: {HELP}", file.display()))
                    });
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => {
                    return Err(trouble(format!(
                        "in {} cannot be read: {error}",
                        file.display()
                    )));
                }
            }
        }
        Err(trouble(format!("is not in {}", either(&place.folders))))
    }

    /// `Name: value`, or `user:password`.
    fn of(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?.trim();
        if text.len() > BYTES_AT_MOST || text.contains('\n') {
            return None;
        }
        let (field, value) = match text.split_once(": ") {
            Some((name, value)) => (HeaderName::try_from(name).ok()?, value.trim().to_owned()),
            None if text.contains(':') => (
                AUTHORIZATION,
                format!("Basic {}", BASE64_STANDARD.encode(text)),
            ),
            None => return None,
        };
        let mut value = HeaderValue::try_from(value).ok()?;
        value.set_sensitive(true);
        Some(Self { field, value })
    }
}

const HELP: &str = "one line, `Name: value` or `user:password`";

fn either(folders: &[PathBuf]) -> String {
    let folders: Vec<_> = folders
        .iter()
        .map(|f| Path::display(f).to_string())
        .collect();
    if folders.is_empty() {
        "any place: $CREDENTIALS_DIRECTORY is not set".to_owned()
    } else {
        folders.join(", nor in ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_a_field_or_a_user_and_his_password() {
        let of = |text: &str| {
            let Secret { field, value } = Secret::of(text.as_bytes())?;
            Some(format!("{field}: {}", value.to_str().unwrap()))
        };
        for (text, expected) in [
            ("X-Token: ab:c\n", Some("x-token: ab:c")),
            (
                "Authorization: Bearer abc",
                Some("authorization: Bearer abc"),
            ),
            (
                "lake:hunter2\n",
                Some("authorization: Basic bGFrZTpodW50ZXIy"),
            ),
            ("hunter2", None),
            ("", None),
            ("a b: c", None),
            ("X-Token: a\nX-Other: b", None),
        ] {
            assert_eq!(of(text).as_deref(), expected, "{text}");
        }
        let secret = Secret::of(b"lake:hunter2").unwrap();
        assert!(!format!("{secret:?}").contains("bGFr"), "{secret:?}");
    }
}
