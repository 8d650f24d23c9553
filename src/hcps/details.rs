//! What is said of an HCP, and whether it fits.
use super::{Hcp, HcpType};
use crate::{accounts::Identifier, folding::fold, id::HcpId};

/// Longest name of a person, in characters.
pub const LONGEST_NAME: usize = 80;
/// Longest name of an organization.
const LONGEST_ORGANIZATION: usize = 160;

/// What somebody typed. Empty text is nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details {
    /// Of a professional.
    pub first_name: Option<String>,
    /// Of a professional.
    pub last_name: Option<String>,
    /// Of an organization.
    pub name: Option<String>,
    /// An e-mail address.
    pub email: Option<String>,
    /// A phone number with its country.
    pub phone: Option<String>,
    /// The id of an organization.
    pub parent_id: Option<String>,
}

/// A field that does not fit. The codes are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Its name.
    pub field: &'static str,
    /// What is wrong.
    pub code: &'static str,
}

/// Details that fit: their existence is the proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fit {
    pub(super) kind: HcpType,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) parent_id: Option<HcpId>,
}

impl From<&Hcp> for Details {
    fn from(hcp: &Hcp) -> Self {
        Self {
            first_name: hcp.first_name.clone(),
            last_name: hcp.last_name.clone(),
            name: hcp.name.clone(),
            email: hcp.email.clone(),
            phone: hcp.phone.clone(),
            parent_id: hcp.parent_id.map(|id| id.to_string()),
        }
    }
}

impl Details {
    /// What a `kind` of HCP must be told by (I-30), with every fault.
    ///
    /// # Errors
    /// Something does not fit.
    pub fn check(self, kind: HcpType) -> Result<Fit, Vec<Fault>> {
        let mut checks = Checks::default();
        let is_person = kind == HcpType::Professional;
        let fit = Fit {
            kind,
            first_name: checks.name("first_name", self.first_name, is_person, LONGEST_NAME),
            last_name: checks.name("last_name", self.last_name, is_person, LONGEST_NAME),
            name: checks.name("name", self.name, !is_person, LONGEST_ORGANIZATION),
            email: checks.email(self.email, is_person),
            phone: checks.read("phone", "invalid", self.phone, |text| {
                Identifier::phone(text).map(|phone| phone.as_str().to_owned())
            }),
            parent_id: checks.read(
                "parent_id",
                "unknown_parent_organization",
                self.parent_id,
                |text| text.parse().ok(),
            ),
        };
        match checks.0.is_empty() {
            true => Ok(fit),
            false => Err(checks.0),
        }
    }
}

impl Fit {
    /// What lists are sorted by: last name first, without case and accents.
    pub(super) fn sort_name(&self) -> String {
        let parts = [&self.last_name, &self.first_name, &self.name];
        let parts: Vec<_> = parts.into_iter().flatten().map(String::as_str).collect();
        fold(&parts.join(" "))
    }
}

#[derive(Default)]
struct Checks(Vec<Fault>);

impl Checks {
    fn fault(&mut self, field: &'static str, code: &'static str) {
        self.0.push(Fault { field, code });
    }

    /// A name that this kind of HCP must have, or cannot.
    fn name(
        &mut self,
        field: &'static str,
        text: Option<String>,
        is_wanted: bool,
        longest: usize,
    ) -> Option<String> {
        let text = given(text);
        match (&text, is_wanted) {
            (None, true) => self.fault(field, "required"),
            (Some(_), false) => self.fault(field, "not_applicable"),
            (Some(text), true) if text.chars().count() > longest => self.fault(field, "too_long"),
            (Some(text), true) if text.chars().any(char::is_control) => {
                self.fault(field, "control_characters");
            }
            _ => {}
        }
        text
    }

    fn email(&mut self, text: Option<String>, is_wanted: bool) -> Option<String> {
        if given(text.clone()).is_none() && is_wanted {
            self.fault("email", "required");
        }
        self.read("email", "invalid", text, |text| {
            Identifier::email(text).map(|email| email.as_str().to_owned())
        })
    }

    fn read<T>(
        &mut self,
        field: &'static str,
        code: &'static str,
        text: Option<String>,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = given(text)?;
        let value = read(&text);
        if value.is_none() {
            self.fault(field, code);
        }
        value
    }
}

fn given(text: Option<String>) -> Option<String> {
    let text = text?.trim().to_owned();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn faults(kind: HcpType, details: Details) -> Vec<(&'static str, &'static str)> {
        let faults = details.check(kind).unwrap_err();
        faults.iter().map(|f| (f.field, f.code)).collect()
    }

    #[test]
    fn i_30_each_kind_must_be_told_by_its_own_names() {
        assert_eq!(
            faults(HcpType::Professional, Details::default()),
            [
                ("first_name", "required"),
                ("last_name", "required"),
                ("email", "required")
            ]
        );
        assert_eq!(
            faults(
                HcpType::Organization,
                Details {
                    first_name: some("Ann"),
                    name: some(" "),
                    ..Details::default()
                }
            ),
            [("first_name", "not_applicable"), ("name", "required")]
        );
        let clinic = Details {
            name: some(" Clinic "),
            ..Details::default()
        };
        let fit = clinic.check(HcpType::Organization).unwrap();
        assert_eq!((fit.name.as_deref(), fit.email), (Some("Clinic"), None));
    }

    #[test]
    fn what_cannot_be_read_is_named_and_what_can_is_normalised() {
        let odd = Details {
            first_name: some("A\u{7}"),
            last_name: some(&"b".repeat(81)),
            email: some("ann@localhost"),
            phone: some("0470 12 34 56"),
            parent_id: some("clinic"),
            ..Details::default()
        };
        assert_eq!(
            faults(HcpType::Professional, odd),
            [
                ("first_name", "control_characters"),
                ("last_name", "too_long"),
                ("email", "invalid"),
                ("phone", "invalid"),
                ("parent_id", "unknown_parent_organization")
            ]
        );
        let fit = Details {
            first_name: some("Élise"),
            last_name: some("Łukasz"),
            email: some(" Elise@Example.TEST"),
            phone: some("+32 470 12 34 56"),
            ..Details::default()
        };
        let fit = fit.check(HcpType::Professional).unwrap();
        assert_eq!(fit.email.as_deref(), Some("elise@example.test"));
        assert_eq!(fit.phone.as_deref(), Some("+32470123456"));
        assert_eq!(fit.sort_name(), "lukasz elise");
    }
}
