internal import Database
internal import EventTypes
internal import JSON

/// A coupon, as clients see it.
struct CouponView: Codable, Sendable {
    /// Whether it can be used, its time apart.
    enum State: String, Codable, CaseIterable, Sendable, SQLDecodable, SQLEncodable {
        case issued, revoked
    }

    let id: CouponID
    let merchantID: MerchantID
    let code: String
    let title: String
    let discount: Reward
    let validFrom: Timestamp
    let validUntil: Timestamp?
    let mostUses: Int?
    let uses: Int
    let state: State
    let version: Int64

    enum CodingKeys: String, CodingKey {
        case id, code, title, discount, uses, state, version
        case merchantID = "merchant_id"
        case validFrom = "valid_from"
        case validUntil = "valid_until"
        case mostUses = "most_uses"
    }

    /// - Returns: nil for a coupon that was never issued.
    init?(_ state: Coupon.State, version: Int64) {
        guard let issue = state.issue else { return nil }
        self.init(
            issue, uses: state.uses.count, state: state.phase == .revoked ? .revoked : .issued,
            version: version)
    }

    private init(_ issue: CouponIssued, uses: Int, state: State, version: Int64) {
        id = issue.couponID
        merchantID = issue.merchantID
        code = issue.code
        title = issue.title
        discount = issue.discount
        validFrom = issue.validFrom
        validUntil = issue.validUntil
        mostUses = issue.mostUses
        self.uses = uses
        self.state = state
        self.version = version
    }

    static let columns: SQL = "issue, uses, state, version"

    init(_ row: Row) throws {
        self.init(
            try JSON.decode(CouponIssued.self, from: row.get("issue", as: String.self)),
            uses: try row.get("uses"), state: try row.get("state"),
            version: try row.get("version"))
    }
}
