internal import EventTypes
internal import HTTP
internal import ServiceKit

extension Call {
    /// The currency that the query names.
    ///
    /// - Throws: `Problem` 422 when it is missing or none.
    func currency() throws -> Currency {
        let code: String = try requiredQuery("currency")
        guard let currency = Currency(code) else {
            throw Problem.queryFault("currency", "is not a currency code of ISO 4217")
        }
        return currency
    }

    /// A time of the query that is not after `now`; nil where it is absent.
    func instant(_ name: String, notAfter now: Timestamp) throws -> Timestamp? {
        guard let time: Timestamp = try query(name) else { return nil }
        guard time <= now else { throw Problem.queryFault(name, "is in the future") }
        return time
    }
}

extension Parameter {
    static let currency = Parameter.query(
        "currency", String.self, "A currency code of ISO 4217.", required: true)
}
