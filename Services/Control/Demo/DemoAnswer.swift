internal import EventTypes
internal import HTTP
internal import JSON

/// What a call was answered with.
struct DemoAnswer: Sendable {
    let status: Int
    let headers: HTTPHeaders
    /// Null when it is no JSON.
    let body: JSONValue
    let bytes: [UInt8]

    /// Where the next page of a listing is (RFC 8288); nil on the last one.
    var next: String? {
        for link in headers.all("Link") where link.contains("rel=\"next\"") {
            guard let start = link.firstIndex(of: "<"), let end = link.firstIndex(of: ">") else {
                continue
            }
            return String(link[link.index(after: start)..<end])
        }
        return nil
    }

    /// How long to stay away; nil when nothing is said in seconds.
    var retryAfter: Duration? {
        headers["Retry-After"].flatMap(Int64.init).map { .seconds(max($0, 0)) }
    }

    /// A member of the body that must be a text.
    func text(_ name: String) throws(DemoFailure) -> String {
        guard let text = body[name]?.string else {
            throw DemoFailure(call: "an answer", status: status, reason: "it has no \(name)")
        }
        return text
    }

    /// A member of the body that must be a whole number.
    func integer(_ name: String) throws(DemoFailure) -> Int64 {
        guard let number = body[name]?.integer else {
            throw DemoFailure(call: "an answer", status: status, reason: "it has no \(name)")
        }
        return number
    }

    /// A member of the body that must be an amount.
    func money(_ name: String) throws(DemoFailure) -> Money {
        guard let money = body[name]?.money else {
            throw DemoFailure(call: "an answer", status: status, reason: "it has no \(name)")
        }
        return money
    }
}

extension JSONValue {
    /// An amount, as all services write it.
    var money: Money? {
        guard let minorUnits = self["amount_minor"]?.integer,
            let currency = self["currency"]?.string.flatMap({ Currency($0) })
        else { return nil }
        return try? Money(minorUnits: minorUnits, currency)
    }

    init(_ money: Money) {
        self = [
            "amount_minor": .integer(money.minorUnits), "currency": .string(money.currency.code),
        ]
    }
}
