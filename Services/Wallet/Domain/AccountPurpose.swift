internal import EventTypes

/// What an account of the ledger is for, which decides whose it may be and how far it may go.
///
/// A positive balance is what the platform owes, a negative one what it is owed.
enum AccountPurpose: String, Codable, CaseIterable, Sendable {
    // A person's
    /// What its owner may spend.
    case available
    /// What is set aside for a withdrawal or a purchase.
    case held
    /// What its owner owes after a clawback that `available` could not cover: never above zero.
    case owed

    // The platform's
    /// What affiliate networks have yet to pay for approved cashback.
    case networkReceivable = "network_receivable"
    /// What has left for the payment provider and is not confirmed.
    case payoutsInFlight = "payouts_in_flight"
    /// What stands at the payment provider.
    case providerCash = "provider_cash"
    /// What was captured for purchases, until it is paid to their merchants, less the cashback that
    /// they pay for; below zero is what merchants owe, as while a refund is ahead of its clawback.
    case settlement
    case fees

    /// Whether a person owns such an account; otherwise the platform does.
    var isPersonal: Bool {
        switch self {
        case .available, .held, .owed: true
        case .networkReceivable, .payoutsInFlight, .providerCash, .settlement, .fees: false
        }
    }

    /// The balances that such an account may have; an overdraft limit lowers the bottom.
    var bounds: BalanceBounds {
        switch self {
        case .available, .held, .payoutsInFlight, .fees: .notBelowZero
        case .owed: .notAboveZero
        case .networkReceivable, .providerCash, .settlement: .none
        }
    }
}

/// How far a balance may go.
enum BalanceBounds: Sendable {
    case none, notBelowZero, notAboveZero
}

/// Which account: whose, for what, in which currency. There is one of each.
struct AccountKey: Hashable, Sendable, Codable {
    /// Nil for the platform.
    let owner: UserID?
    let purpose: AccountPurpose
    let currency: Currency

    /// - Precondition: personal purposes have an owner, the platform's have none.
    private init(owner: UserID?, purpose: AccountPurpose, currency: Currency) {
        precondition(purpose.isPersonal == (owner != nil), "an account of the wrong owner")
        self.owner = owner
        self.purpose = purpose
        self.currency = currency
    }

    static func user(_ owner: UserID, _ purpose: AccountPurpose, _ currency: Currency) -> Self {
        Self(owner: owner, purpose: purpose, currency: currency)
    }

    static func platform(_ purpose: AccountPurpose, _ currency: Currency) -> Self {
        Self(owner: nil, purpose: purpose, currency: currency)
    }

    /// From which the account's identifier is derived: `user/0192…/available/USD`.
    var canonicalName: String {
        var name = owner == nil ? "platform" : "user/"
        name.reserveCapacity(64)
        if let owner { name += owner.description }
        name += "/"
        name += purpose.rawValue
        name += "/"
        name += currency.code
        return name
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        owner = try container.decodeIfPresent(UserID.self, forKey: .owner)
        purpose = try container.decode(AccountPurpose.self, forKey: .purpose)
        currency = try container.decode(Currency.self, forKey: .currency)
        guard purpose.isPersonal == (owner != nil) else {
            throw DecodingError.dataCorruptedError(
                forKey: .owner, in: container, debugDescription: "an account of the wrong owner")
        }
    }

    enum CodingKeys: String, CodingKey {
        case owner, purpose, currency
    }
}
