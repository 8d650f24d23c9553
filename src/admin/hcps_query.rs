//! What the list of a directory is asked for, as its address and its form say it.
use crate::{
    hcps::{HcpType, Sort, Status},
    id::HcpId,
    web::Fields,
};

/// What is asked for, as the form shows it again.
#[derive(Debug, Clone, Default)]
pub(super) struct Query {
    pub(super) text: String,
    pub(super) kind: Option<HcpType>,
    pub(super) status: Option<Status>,
    /// The organization above: an id or a name.
    pub(super) parent: String,
    pub(super) sort: Sort,
    pub(super) after: String,
    /// The HCP of which details are shown.
    pub(super) open: Option<HcpId>,
}

impl Query {
    pub(super) fn read(fields: &Fields) -> Self {
        let text = |name| fields.one(name).unwrap_or_default().trim().to_owned();
        Self {
            text: text("q"),
            kind: HcpType::parse(&text("type")),
            status: Status::parse(&text("status")),
            parent: text("parent_id"),
            sort: Sort::parse(&text("sort")).unwrap_or_default(),
            after: text("after"),
            open: text("open").parse().ok(),
        }
    }

    /// Whether everything is asked for.
    pub(super) fn is_all(&self) -> bool {
        let is_typed = !self.text.is_empty() || !self.parent.is_empty();
        !is_typed && self.kind.is_none() && self.status.is_none() && self.after.is_empty()
    }

    pub(super) fn is_professional(&self) -> bool {
        self.kind == Some(HcpType::Professional)
    }

    pub(super) fn is_organization(&self) -> bool {
        self.kind == Some(HcpType::Organization)
    }

    pub(super) fn is_active(&self) -> bool {
        self.status == Some(Status::Active)
    }

    pub(super) fn is_disabled(&self) -> bool {
        self.status == Some(Status::Disabled)
    }

    /// The same from the beginning.
    pub(super) fn first(&self, list: &str) -> String {
        self.from(list, "")
    }

    /// The same from behind an HCP on.
    pub(super) fn from(&self, list: &str, after: &str) -> String {
        let after = after.to_owned();
        Self {
            after,
            open: None,
            ..self.clone()
        }
        .url(list)
    }

    /// The same with the details of an HCP, or without them where they are shown.
    pub(super) fn opened(&self, list: &str, hcp: &HcpId) -> String {
        let open = (self.open != Some(*hcp)).then_some(*hcp);
        let url = Self {
            open,
            ..self.clone()
        }
        .url(list);
        format!("{url}#hcp-{hcp}")
    }

    /// The same below another organization, or below none.
    pub(super) fn below(&self, list: &str, parent: &str) -> String {
        Self {
            parent: parent.to_owned(),
            after: String::new(),
            ..self.clone()
        }
        .url(list)
    }

    fn url(&self, list: &str) -> String {
        let kind = self.kind.map(|kind| match kind {
            HcpType::Professional => "professional",
            HcpType::Organization => "organization",
        });
        let status = self.status.map(|status| match status {
            Status::Active => "active",
            Status::Disabled => "disabled",
        });
        let open = self.open.map(|open| open.to_string()).unwrap_or_default();
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("q", self.text.as_str()),
            ("type", kind.unwrap_or_default()),
            ("status", status.unwrap_or_default()),
            ("parent_id", &self.parent),
            ("sort", self.sort.name()),
            ("after", &self.after),
            ("open", &open),
        ] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        format!("{list}?{}", query.finish())
    }

    fn sorted(&self, list: &str, sort: Sort) -> String {
        Self {
            sort,
            after: String::new(),
            ..self.clone()
        }
        .url(list)
    }

    pub(super) fn by_name(&self, list: &str) -> String {
        self.sorted(
            list,
            match self.sort {
                Sort::Name => Sort::NameDown,
                _ => Sort::Name,
            },
        )
    }

    pub(super) fn by_age(&self, list: &str) -> String {
        self.sorted(
            list,
            match self.sort {
                Sort::AgeDown => Sort::Age,
                _ => Sort::AgeDown,
            },
        )
    }

    /// The words that sorted columns say of themselves.
    pub(super) const fn name_order(&self) -> &'static str {
        match self.sort {
            Sort::Name => "ascending",
            Sort::NameDown => "descending",
            _ => "none",
        }
    }

    pub(super) const fn age_order(&self) -> &'static str {
        match self.sort {
            Sort::Age => "ascending",
            Sort::AgeDown => "descending",
            _ => "none",
        }
    }
}
