//! Committed state becomes an edition. Publishing is reading: what is built
//! here follows from rows and settings alone, so a process that died before
//! publishing publishes the same bytes after its restart.

use crate::config::Config;
use crate::render::{self, Edition, Outlet, Site};
use crate::store::{Reader, StoreError};

/// Stories in the window at least (S-12).
const STORIES: u32 = 100;

/// Days in the window at least (S-12).
const DAYS: i64 = 7;

/// The settings that sheets show.
pub fn site(config: &Config) -> Site {
    Site {
        title: config.feed.title.clone(),
        url: config.feed.url.clone(),
        language: config.feed.language.clone(),
        contact: config.feed.contact.clone(),
        rights: config.feed.rights.clone(),
        outlets: config
            .sources
            .values()
            .map(|source| {
                let outlet = Outlet {
                    title: source.title.clone(),
                    target: (!source.allow_private).then(|| source.target.clone()),
                    rights: source.rights.clone(),
                    summary: source.summary,
                };
                (source.key.clone(), outlet)
            })
            .collect(),
    }
}

/// The edition of what is committed now. A sheet whose inputs are those of
/// `last` is the same sheet.
pub fn build(reader: &Reader, site: &Site, last: &Edition) -> Result<Edition, StoreError> {
    let stories = reader.window(STORIES, DAYS)?;
    Ok(render::edition(site, &stories, reader.shaped()?, last))
}
