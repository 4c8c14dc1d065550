//! The page that scofeed replaces: every shape that the editor's page had comes out as a story.
