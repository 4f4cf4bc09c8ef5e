extension Identifier {
    /// A fixed identifier for the examples of the reference.
    static func example(_ number: UInt64) -> Self {
        Self(high: 0x0192_0000_0000_7000, low: 0x8000_0000_0000_0000 | number)
    }
}

extension Timestamp {
    /// The time at which all examples happen.
    static let example = Timestamp(seconds: 1_767_225_600)
}

extension Money {
    /// An amount in US dollars for examples; `cents` is far below the limit.
    static func example(_ cents: Int64) -> Money {
        (try? Money(minorUnits: cents, .usd)) ?? .zero(.usd)
    }
}
