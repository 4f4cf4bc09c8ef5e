internal import Database
internal import EventTypes

/// A shop, as clients see it.
struct MerchantView: Codable, Sendable {
    let id: MerchantID
    let name: String
    let website: String
    let version: Int64

    init(id: MerchantID, _ state: Merchant.State, version: Int64) {
        self.id = id
        name = state.name
        website = state.website
        self.version = version
    }

    static let columns: SQL = "id, name, website, version"

    init(_ row: Row) throws {
        id = try row.get("id")
        name = try row.get("name")
        website = try row.get("website")
        version = try row.get("version")
    }
}
