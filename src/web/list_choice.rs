//! One of several things in a list of a form.

/// One of several things in a list.
#[derive(Debug, Clone)]
pub struct ListChoice {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub words: String,
    /// Whether it is the one that is chosen now.
    pub is_chosen: bool,
}
