//! The canonical form of a URL: a key for comparison, never a link.

use crate::model::WebUrl;

/// The canonical form (SOURCES 5): equal for two links to the same article.
pub fn canon(link: &WebUrl) -> String {
    link.as_str().to_owned()
}
