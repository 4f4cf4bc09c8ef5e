internal import Synchronization

/// Request identifiers: 40 random bits of the process and a counter, in 15 characters of
/// Crockford's base 32, which Swift keeps without an allocation.
enum RequestID {
    private static let process = UInt64.random(in: 0..<1 << 40)
    private static let counter = Atomic<UInt64>(0)

    static func next() -> String {
        let count = counter.add(1, ordering: .relaxed).newValue
        return String(unsafeUninitializedCapacity: 15) { text in
            write(process, 8, UnsafeMutableBufferPointer(rebasing: text[0..<8]))
            write(count, 7, UnsafeMutableBufferPointer(rebasing: text[8..<15]))
            return 15
        }
    }

    private static func write(
        _ value: UInt64, _ digits: Int, _ text: UnsafeMutableBufferPointer<UInt8>
    ) {
        let alphabet: StaticString = "0123456789abcdefghjkmnpqrstvwxyz"
        for place in 0..<digits {
            let digit = value >> UInt64((digits - 1 - place) * 5) & 31
            text[place] = alphabet.utf8Start[Int(digit)]
        }
    }
}
