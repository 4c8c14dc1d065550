//! scofeed watches news sources, keeps what is about one topic, shows every
//! story once, and publishes the result as one Atom feed, its twins and a page
//! to read. One program, one `feeds.toml`, one SQLite file.
//!
//! This page is the program's picture of itself. Where it and the code say
//! different things, one of them is to be mended.
//!
//! # The path of an item
//!
//! Every arrow is a function, every noun a type.
//!
//! ```text
//! feeds.toml ─► Config ─► Source
//!                           │ poll::claim      the promise, committed before the request
//!                         Errand
//!                           │ Fetch::get       polite, bounded, guarded
//!                         Fetched              Unchanged | Document
//!                           │ parse::document  bytes ► UTF-8 ► mended ► items       pure
//!                         Item                 plain text, absolute link, own key
//!                           │ topic::judge     four word lists, one pass            pure
//!                         Judged               keep | near | drop, and why
//!                           │                  up to here poll::bring, many at once
//!                         Answer
//!                           │                  from here poll::settle, one at a time
//!                           │ story::join      same key ► URL ► text ► alike        pure
//!                         Joined               Known | Joins | Founds
//!                           │ story::standing  what the item is now                 pure
//!                           │ Settling::commit items, stories, validators, due time
//!                         Story                one id for life, members, representative
//!                           │ edition::close   archives what has left a window
//!                           │ edition::build   reads committed rows only
//!                         Edition              every sheet, finished
//!                           │ publish::files, serve::run
//!                   files and HTTP, from memory; archives, pages of stories and
//!                   months, and search by readers of their own
//! ```
//!
//! Everything seen is remembered with its verdict, kept or not: the ledger.
//! `why` and `status` read it, `check` previews an edit over it, and a reload
//! judges it anew: [`rejudge`] is one function for preview and deed.
//!
//! A look is an errand like a poll and takes the same way: one article page,
//! whose text completes what a headline-only feed told, and whose own address
//! may tell where the item belongs.
//!
//! # The words
//!
//! One for each thing, in code, configuration, log and documents.
//!
//! - **source**: what is configured. **Document**: what a poll returned.
//!   **Item**: one entry of a document.
//! - **verdict**: keep, drop or near (a weak term without context), with the
//!   occurrences that decide it. **Generation**: a fingerprint of the rules
//!   under which it was given.
//! - **story**: the items that tell the same news. **Founder**: its first
//!   item. **Representative**: the item that is shown, chosen when it enters.
//! - **kin**: stories that tell the same news in different languages: linked,
//!   never merged.
//! - **standing**: what an item is now: dropped, near, awaiting a look,
//!   withheld (with the reason), published. One pure function decides it; rendering follows from
//!   nothing else. **Entered**: the moment a story first stood in an edition.
//! - **sheet**: one published document. **Edition**: all sheets of a moment.
//!   **View**: a published selection of the stories; the main view shows all.
//!   **Window**: the stories of a view that its feeds hold. **Archive**: what
//!   has left the window, by month, closed and kept for ever.
//! - **ledger**: everything seen, every verdict, every poll. **Report**: the
//!   state of all sources, for every output that shows it.
//! - **errand**: one poll or look that we may make. **Look**: the one reading
//!   of an item's article page. **Answer**: what came of it.
//!   **Claim**: what is committed before the request. **Settlement**: what is
//!   committed after it. **Desk**: the only writer.
//! - **capture**: one poll in a file, from exchange to verdicts, without
//!   secrets. **Replay**: reading it again, elsewhere, without a network.
//! - **quarantine**: a source's new items are not believed until a person
//!   accepts it.
//! - **breach**: a list page yields less than its source expects of it.
//!   **Incident**: a source, or the service itself, being in trouble: opened,
//!   changed and closed by rule, once each.
//!
//! # The floors
//!
//! A module names only modules below it; a test reads this drawing and checks
//! it. Each module owns the settings that it reads, and `config` assembles
//! them. The pure floors take `now` as an argument; only `clock` reads it.
//!
//! ```text
//!  6  cli                                                  arguments in, text out
//!  5  daemon                                               claim ► bring ► settle ► publish ► sleep
//!  4  poll  rejudge  edition  ledger  probe  care  serve   one journey each, on one screen
//!  3  config  fetch  store  publish                        I/O; they never name each other
//!  2  parse  topic  story  schedule  health  render        pure: values in, values out
//!  1  clock  aside  text                                   time; work given up; fold, plain text, dates, URLs
//!  0  model                                                the nouns
//! ```
//!
//! # The laws
//!
//! What always holds. A change that breaks one is wrong, however small.
//!
//! 1. Polling twice is polling once. The order of sources in `feeds.toml` and
//!    of items in a document does not matter: what settles together settles by
//!    source name, item date, item key. A 304 moves only the due time.
//! 2. A published story keeps its id, its `published` and its place, over
//!    restarts, reloads, changed titles, a changed address and a lost database
//!    (`rebuild --from-published`). Its id is a
//!    version 5 UUID of its founder's source name and item key, with no host,
//!    row number, time or chance in it. `entered` strictly increases, and it
//!    alone decides order and window. An item's key is its guid if that is
//!    unique in its document, else its canonical link, else a hash of its
//!    text; stored keys are never computed again.
//! 3. `updated` moves only when a reader sees other words: case, spacing and
//!    what lies beyond the published lead do not count. An undated item has
//!    the time at which it was first seen, for ever.
//! 4. Same stories, same bytes; what is rendered can be read back. A sheet
//!    made of what the last one was made of is the last one. A closed archive
//!    is kept, not rendered again: it outlives the renderer.
//! 5. One bad item, date, source, character or panic stays that item's, that
//!    source's. It is recorded, shown and tried again; it never becomes news
//!    and never empties the feed.
//! 6. No request earlier than promised, whatever happened to the process: so
//!    the promise is committed before the request. No validator is stored
//!    ahead of the items that came with it.
//! 7. Adding a strong, weak or context term never loses an item, adding a
//!    `not` term never gains one. Unicode form and invisible characters change
//!    no verdict; case and accents change none but those of acronyms.
//! 8. The program never merges, splits or renames a published story. Its
//!    representative is fixed when it enters, unless its outlet withdraws it;
//!    the one that takes its place is fixed, too. A story that is joined does
//!    not move its `updated`.
//! 9. A configuration that does not load changes nothing that runs.
//! 10. Nothing that a source sends reaches an address, a file, a log line, a
//!     page or another source's items except as data.
//!
//! # Where to begin reading
//!
//! [`poll`] is the picture above on one screen. Then [`story`] and
//! [`schedule`], the two decisions; [`daemon`], the loop that calls them, and
//! [`daemon::Desk`], who owns what; `store/schema.sql`, what is remembered.
//! [`model`] has the nouns. For one source's trouble begin in [`fetch`] or
//! [`parse`]; for the looks of the feed in [`render`]; for a new command in
//! [`cli`].
//!
//! # Why
//!
//! **Why two transactions a poll.** With one, a process killed after the
//! request and before the commit would ask again at once when it starts.
//! Publishers notice that, and block. So a claim moves the due time on first,
//! and the settlement comes after. What the claim promises already counts the
//! request as made.
//!
//! **Why answers settle together.** A sync of the file costs milliseconds, and
//! a thousand sources would cost a thousand of them. Whatever has arrived is
//! one transaction, with a savepoint for each answer, so that one that cannot
//! be stored does not undo the others.
//!
//! **Why one desk.** One owner of the store needs no locks, and order is a
//! fact rather than a race. Anyone else opens a read-only
//! [`Reader`](store::Reader). What the desk holds in memory, the joiner's
//! window and the due times, is a cache of what is committed: when a write
//! fails it is dropped and read again.
//!
//! **Why publishing is reading.** An edition is a function of committed rows
//! and settings, without a clock. A process that dies before it publishes
//! publishes the same bytes after its restart, and `serve` answers from memory
//! whatever the database is doing. Only closed archives, pages of stories and
//! months, and searches are read when somebody asks.
//!
//! **Why a day is an archive, too.** The entries at an archive's address must
//! not change once a client has met it (RFC 5005), so a month can only be
//! published when it is over. Until then its days that have left the window
//! are archives of their own, and a client that was away for any time meets
//! every story once.
//!
//! **Why one report.** The page, its JSON, the feed of incidents, the metrics,
//! the probes and `status` print one value, so they cannot disagree. What is an
//! incident is decided by a pure function of that value and of what is open
//! ([`health`]); the desk stores it, and holds it while nothing can be stored.
//! `status` is another process: it reads what is stored, and asks the service
//! over a socket for what may not be.
//!
//! **Why our own HTTP.** Nearly every request is a feed reader's for a sheet
//! that stands in memory. A general server gave 0.4 to 0.9 times as many 304s
//! a second as nginx; with the heads of answers made ready beside their sheets
//! it is what nginx gives, or more (`benches/README.md`). Requests are parsed by
//! `httparse`, and one with a body ends its connection, so that none can hide
//! in another.
//!
//! **Why a start may be refused.** A database that is damaged gives way to the
//! newest good backup ([`care::backup`]). Where there is none the start ends
//! with the reason: a feed that begins empty unnoticed is worse than none.
//!
//! **Why plain text.** Titles and leads are plain text that we mark up
//! ourselves. No HTML of a source is passed on, so there is nothing to
//! sanitise and nothing to inject; and a digest sends its readers to the
//! outlet.
//!
//! **Why four word lists.** No weights and no scores: an admin can say
//! beforehand what an edit does, and `why` can name the words.
//!
//! **Why documents are mended before feed-rs.** It loses a whole feed at one
//! bare `&`, overflows the stack on nested elements and forgets guids. It is
//! given only clean XML of elements that we read, and what it does not keep is
//! carried beside it. See [`parse`].

pub mod aside;
pub mod care;
pub mod cli;
pub mod clock;
pub mod config;
pub mod daemon;
pub mod edition;
pub mod fetch;
pub mod health;
pub mod ledger;
pub mod model;
pub mod parse;
pub mod poll;
pub mod probe;
pub mod publish;
pub mod rejudge;
pub mod render;
pub mod schedule;
pub mod serve;
pub mod store;
pub mod story;
pub mod text;
pub mod topic;
