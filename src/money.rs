//! Money as Stripe's API has it: whole minor units of a currency, never a float.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a currency or an amount could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not three ASCII letters.
    #[error("currency {0:?} is not three letters: write it as in usd or eur")]
    NotACurrency(String),
    /// Not digits with at most one dot between them.
    #[error("amount {0:?} is not a number: write it as in 25 or 25.00")]
    NotAnAmount(String),
    /// More decimals than the currency has.
    #[error("amount {amount:?} has more decimals than {currency}, which has {allowed}")]
    TooManyDecimals {
        /// The text that was read.
        amount: String,
        /// The currency it was read as.
        currency: Currency,
        /// Decimals that this currency has.
        allowed: u32,
    },
    /// More minor units than 64 bits hold.
    #[error("amount {0:?} is too large: use one below 92 quadrillion")]
    TooLarge(String),
}

/// A currency code: three lower-case ASCII letters. Codes we have never heard of are accepted, so
/// that a new currency of Stripe's never costs anyone a sale; they count as having two decimals.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    /// The US dollar, for settings that name no other.
    pub const USD: Self = Self(*b"usd");

    /// Reads a code in any case.
    ///
    /// # Errors
    /// [`MoneyError::NotACurrency`] unless it is exactly three ASCII letters.
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        match <[u8; 3]>::try_from(text.as_bytes()) {
            Ok(code) if code.iter().all(u8::is_ascii_alphabetic) => {
                Ok(Self(code.map(|b| b.to_ascii_lowercase())))
            }
            _ => Err(MoneyError::NotACurrency(text.chars().take(16).collect())),
        }
    }

    /// The code in lower case, as Stripe writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).expect("three ASCII letters")
    }

    /// How many decimals the minor unit stands for: 0, 2 or 3. From docs.stripe.com/currencies,
    /// which differs from ISO 4217: ISK and UGX are two-decimal in the API although nobody pays in
    /// hundredths of them.
    #[must_use]
    pub fn exponent(self) -> u32 {
        match &self.0 {
            b"bif" | b"clp" | b"djf" | b"gnf" | b"jpy" | b"kmf" | b"krw" | b"mga" | b"pyg"
            | b"rwf" | b"vnd" | b"vuv" | b"xaf" | b"xof" | b"xpf" => 0,
            b"bhd" | b"jod" | b"kwd" | b"omr" | b"tnd" => 3,
            _ => 2,
        }
    }

    /// Two-decimal in the API, but the decimals are always 00.
    fn is_whole(self) -> bool {
        matches!(&self.0, b"isk" | b"ugx")
    }

    /// The sign viewers know without doubt; the dollars other than the US one carry their country.
    fn sign(self) -> Option<&'static str> {
        Some(match &self.0 {
            b"usd" => "$",
            b"eur" => "€",
            b"gbp" => "£",
            b"jpy" => "¥",
            b"cny" => "CN¥",
            b"krw" => "₩",
            b"inr" => "₹",
            b"brl" => "R$",
            b"aud" => "A$",
            b"cad" => "CA$",
            b"nzd" => "NZ$",
            b"hkd" => "HK$",
            b"mxn" => "MX$",
            b"twd" => "NT$",
            b"sgd" => "S$",
            b"ils" => "₪",
            b"php" => "₱",
            b"vnd" => "₫",
            b"try" => "₺",
            b"uah" => "₴",
            _ => return None,
        })
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Currency {
    type Err = MoneyError;
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;
    fn try_from(text: String) -> Result<Self, MoneyError> {
        Self::parse(&text)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.as_str().to_owned()
    }
}

/// An amount in minor units of its currency. Amounts of two currencies never mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units: 2599 is €25.99, and ¥2599.
    pub minor: i64,
    /// What the minor units are of.
    pub currency: Currency,
}

/// [`Money`] as overlays, feeds and the API carry it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireMoney {
    /// Minor units, as Stripe counts them.
    pub minor: i64,
    /// The code in upper case.
    pub currency: String,
    /// The number alone: `25.99`.
    pub decimal: String,
    /// What viewers read: `€25.99`.
    pub text: String,
}

impl Money {
    /// So many minor units of a currency.
    #[must_use]
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Reads what a person types: `25`, `25.00`, `-3.5`. Fewer decimals than the currency has are
    /// filled up.
    ///
    /// # Errors
    /// When it is no number, has more decimals than the currency, or does not fit in 64 bits.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let shown = || text.chars().take(40).collect::<String>();
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = match digits.split_once('.') {
            Some((_, "")) => return Err(MoneyError::NotAnAmount(shown())),
            Some(parts) => parts,
            None => (digits, ""),
        };
        if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
            return Err(MoneyError::NotAnAmount(shown()));
        }
        let exponent = currency.exponent() as usize;
        let cents_of_a_whole = currency.is_whole() && fraction.bytes().any(|b| b != b'0');
        if fraction.len() > exponent || cents_of_a_whole {
            let allowed = if currency.is_whole() { 0 } else { currency.exponent() };
            return Err(MoneyError::TooManyDecimals { amount: shown(), currency, allowed });
        }
        let sign = if negative { "-" } else { "" };
        let minor = format!("{sign}{whole}{fraction:0<exponent$}").parse();
        Ok(Self { minor: minor.map_err(|_| MoneyError::TooLarge(shown()))?, currency })
    }

    /// The number alone, with all decimals the currency has: `25.99`, `500`, `1.500`.
    #[must_use]
    pub fn decimal(self) -> String {
        let sign = if self.minor < 0 { "-" } else { "" };
        format!("{sign}{}", self.unsigned())
    }

    /// What viewers read: `€25.99`, `¥500`, `CHF 12.00`, `-€1.00`, `$12,345.00`.
    #[must_use]
    pub fn text(self) -> String {
        let minus = if self.minor < 0 { "-" } else { "" };
        let number = self.unsigned();
        // A fraction that cannot be is shown nevertheless: better odd than wrong.
        let number = match number.strip_suffix(".00") {
            Some(whole) if self.currency.is_whole() => whole,
            _ => &number,
        };
        let number = grouped(number);
        match self.currency.sign() {
            Some(sign) => format!("{minus}{sign}{number}"),
            None => format!("{minus}{} {number}", self.currency.as_str().to_ascii_uppercase()),
        }
    }

    fn unsigned(self) -> String {
        let units = self.minor.unsigned_abs();
        let scale = 10_u64.pow(self.currency.exponent());
        match self.currency.exponent() as usize {
            0 => units.to_string(),
            width => format!("{}.{:0width$}", units / scale, units % scale),
        }
    }

    /// Whether Stripe charges such an amount: more than nothing, at most eight digits, and no smaller
    /// steps than are paid in (docs.stripe.com/currencies: three-decimal currencies go by tens of the
    /// minor unit, ISK and UGX by whole units).
    #[must_use]
    pub fn is_chargeable(self) -> bool {
        let step = match self.currency.exponent() {
            3 => 10,
            _ if self.currency.is_whole() => 100,
            _ => 1,
        };
        (1..=99_999_999).contains(&self.minor) && self.minor % step == 0
    }

    /// The sum, or `None` when the currencies differ or it does not fit.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.with(other, i64::checked_add)
    }

    /// The difference, or `None` when the currencies differ or it does not fit.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.with(other, i64::checked_sub)
    }

    /// So many times as much, or `None` when it does not fit.
    #[must_use]
    pub fn checked_mul(self, times: u32) -> Option<Self> {
        Some(Self { minor: self.minor.checked_mul(i64::from(times))?, ..self })
    }

    fn with(self, other: Self, op: fn(i64, i64) -> Option<i64>) -> Option<Self> {
        let same = self.currency == other.currency;
        same.then(|| op(self.minor, other.minor)).flatten().map(|minor| Self { minor, ..self })
    }

    /// The form of contract §6.
    #[must_use]
    pub fn wire(self) -> WireMoney {
        WireMoney {
            minor: self.minor,
            currency: self.currency.as_str().to_ascii_uppercase(),
            decimal: self.decimal(),
            text: self.text(),
        }
    }
}

/// A number with its thousands apart, as the dashboard's sums have them: `1,234.56`.
fn grouped(number: &str) -> String {
    let units = number.find('.').unwrap_or(number.len());
    let mut grouped = number.to_owned();
    for at in (1..units).filter(|at| (units - at).is_multiple_of(3)).rev() {
        grouped.insert(at, ',');
    }
    grouped
}

#[cfg(test)]
mod tests;
