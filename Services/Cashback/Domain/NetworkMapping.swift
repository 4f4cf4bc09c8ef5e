internal import EventTypes

/// How one network's postbacks and files name things.
struct NetworkMapping: Hashable, Sendable, Codable {
    /// Names of the network's fields.
    var actionID: String
    var clickID: String
    var amount: String
    var currency: String?
    var status: String?
    var version: String?
    var soldAt: String?
    var reason: String?

    /// The network's words for each status; others are refused.
    var statuses: [String: SaleStatus]
    /// Where no currency field is mapped.
    var defaultCurrency: Currency?
    /// Where no status field is mapped.
    var defaultStatus: SaleStatus?
    var amountForm: AmountForm
    var timeForm: TimeForm

    enum AmountForm: String, Codable, CaseIterable, Sendable {
        /// `29.33`
        case decimal
        /// `2933`
        case minorUnits = "minor_units"
    }

    enum TimeForm: String, Codable, CaseIterable, Sendable {
        case rfc3339
        case unixSeconds = "unix_seconds"
    }

    enum CodingKeys: String, CodingKey {
        case actionID = "action_id"
        case clickID = "click_id"
        case amount, currency, status, version
        case soldAt = "sold_at"
        case reason, statuses
        case defaultCurrency = "default_currency"
        case defaultStatus = "default_status"
        case amountForm = "amount_form"
        case timeForm = "time_form"
    }

    /// The names that Souk's own sandbox network uses.
    static let plain = NetworkMapping(
        actionID: "action_id", clickID: "click_id", amount: "amount", currency: "currency",
        status: "status", version: "version", soldAt: "sold_at", reason: "reason",
        statuses: Dictionary(uniqueKeysWithValues: SaleStatus.allCases.map { ($0.rawValue, $0) }),
        amountForm: .decimal, timeForm: .rfc3339)

    /// Refuses a mapping from which no postback could be read.
    func check() throws(CashbackError) {
        for (field, name) in [("action_id", actionID), ("click_id", clickID), ("amount", amount)]
        where name.isEmpty { throw .mappingIncomplete(field: field) }
        guard currency != nil || defaultCurrency != nil else {
            throw .mappingIncomplete(field: "currency")
        }
        guard defaultStatus != nil || (status != nil && !statuses.isEmpty) else {
            throw .mappingIncomplete(field: "status")
        }
    }
}

/// What is wrong with a postback or a row, and at which of its fields.
struct PostbackFault: Error, Hashable, Sendable {
    let field: String
    let message: String
}

/// Reads a network's fields into a `Postback`.
struct PostbackReader: Sendable {
    static let longestActionID = 128
    static let longestReason = 200
    static let longestRaw = 8_192

    let network: String
    let mapping: NetworkMapping

    /// - Parameters:
    ///   - fields: names and values, decoded, in order.
    ///   - click: resolves the signed click identifier to the click; nil when it is forged.
    ///   - raw: as it came.
    func read(
        _ fields: [(name: String, value: String)], source: Postback.Source, raw: String,
        receivedAt: Timestamp, click: (String) -> ClickID?
    ) throws(PostbackFault) -> Postback {
        let actionID = try required(mapping.actionID, fields)
        guard actionID.utf8.count <= Self.longestActionID else {
            throw fault(mapping.actionID, "longer than \(Self.longestActionID) bytes")
        }
        guard let clickID = click(try required(mapping.clickID, fields)) else {
            throw fault(mapping.clickID, "not a click of ours")
        }
        let status = try status(fields)
        return Postback(
            network: network, actionID: actionID, clickID: clickID,
            version: try version(fields) ?? status.impliedVersion, status: status,
            sale: try sale(fields), soldAt: try soldAt(fields) ?? receivedAt,
            reason: try optional(mapping.reason, fields).map {
                String($0.prefix(Self.longestReason))
            }, source: source, raw: String(raw.prefix(Self.longestRaw)))
    }

    private func sale(_ fields: [(name: String, value: String)]) throws(PostbackFault) -> Money {
        let currency: Currency
        if let name = mapping.currency, let code = try optional(name, fields) {
            guard let known = Currency(code.uppercased()) else {
                throw fault(name, "not a currency of ISO 4217")
            }
            currency = known
        } else if let fallback = mapping.defaultCurrency {
            currency = fallback
        } else {
            throw fault(mapping.currency ?? "currency", "missing")
        }
        let text = try required(mapping.amount, fields)
        let amount: Money? =
            switch mapping.amountForm {
            case .decimal: Money(decimalText: text, currency)
            case .minorUnits: Int64(text).flatMap { try? Money(minorUnits: $0, currency) }
            }
        guard let amount else { throw fault(mapping.amount, "not an amount of \(currency.code)") }
        guard !amount.isNegative else { throw fault(mapping.amount, "negative") }
        return amount
    }

    private func status(
        _ fields: [(name: String, value: String)]
    ) throws(PostbackFault) -> SaleStatus {
        if let name = mapping.status, let word = try optional(name, fields) {
            guard let status = mapping.statuses[word] else {
                throw fault(name, "not a status of this network")
            }
            return status
        }
        guard let fallback = mapping.defaultStatus else {
            throw fault(mapping.status ?? "status", "missing")
        }
        return fallback
    }

    /// A number, or a time, whose microseconds are the version.
    private func version(
        _ fields: [(name: String, value: String)]
    ) throws(PostbackFault) -> Int64? {
        guard let name = mapping.version, let text = try optional(name, fields) else { return nil }
        if let number = Int64(text), number >= 0 { return number }
        if let time = Timestamp(text), time.microseconds >= 0 { return time.microseconds }
        throw fault(name, "neither a number from 0 nor a time since 1970")
    }

    private func soldAt(
        _ fields: [(name: String, value: String)]
    ) throws(PostbackFault) -> Timestamp? {
        guard let name = mapping.soldAt, let text = try optional(name, fields) else { return nil }
        switch mapping.timeForm {
        case .rfc3339:
            guard let time = Timestamp(text) else { throw fault(name, "not a time of RFC 3339") }
            return time
        case .unixSeconds:
            guard let seconds = Int64(text), (0...253_402_300_799).contains(seconds) else {
                throw fault(name, "not seconds since 1970")
            }
            return Timestamp(seconds: seconds)
        }
    }

    private func required(
        _ name: String, _ fields: [(name: String, value: String)]
    ) throws(PostbackFault) -> String {
        guard let value = try optional(name, fields) else { throw fault(name, "missing") }
        return value
    }

    /// Nil when absent or empty; a field that stands twice could be read in two ways.
    private func optional(
        _ name: String?, _ fields: [(name: String, value: String)]
    ) throws(PostbackFault) -> String? {
        guard let name else { return nil }
        let values = fields.filter { $0.name == name }
        guard values.count <= 1 else { throw fault(name, "given twice") }
        guard let value = values.first?.value, !value.isEmpty else { return nil }
        return value
    }

    private func fault(_ field: String, _ message: String) -> PostbackFault {
        PostbackFault(field: field, message: message)
    }
}
