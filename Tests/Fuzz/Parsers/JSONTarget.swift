import EventTypes

@testable import JSON

/// JSON texts, as values of any form and as one type that has a little of everything.
enum JSONTarget {
    private struct Sample: Codable, Equatable {
        struct Item: Codable, Equatable {
            let id: OrderID?
            let price: Money
            let at: Timestamp?
        }
        let items: [Item]?
        let small: Int8?
        let large: UInt64?
        let ratio: Double?
        let names: [String: String]?
        let isGift: Bool?
        let rest: JSONValue?
    }

    private static let limits = JSON.Limits(depth: 16, bytes: FuzzedParser.inputLimit)

    static func read(_ input: [UInt8]) throws(BrokenPromise) {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSON.decode(JSONValue.self, from: input, limits: limits)
        } catch {
            let sample = try? JSON.decode(Sample.self, from: input, limits: limits)
            return try BrokenPromise.check(
                error.kind == .malformed && sample == nil,
                "what is malformed is so whatever was asked for")
        }
        try readsBack(value)
        let sample: Sample
        do throws(JSONError) {
            sample = try JSON.decode(Sample.self, from: input, limits: limits)
        } catch {
            return try BrokenPromise.check(
                error.kind == .mismatch && JSON.isPointer(error.pointer),
                "a mismatch points at its place")
        }
        try readsBack(sample)
    }

    private static func readsBack<T: Codable & Equatable>(_ value: T) throws(BrokenPromise) {
        let text = try? JSON.encode(value)
        try BrokenPromise.check(text != nil, "what was read can be written")
        let again = text.flatMap { try? JSON.decode(T.self, from: $0) }
        try BrokenPromise.check(again == value, "what was written reads the same")
    }
}

extension JSON {
    /// Whether a text is a pointer of RFC 6901.
    fileprivate static func isPointer(_ text: String) -> Bool {
        text.isEmpty || text.hasPrefix("/")
    }
}
