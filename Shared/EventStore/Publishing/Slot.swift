public import EventTypes

/// One of the 64 fixed groups that streams belong to. Order, and the numbers by which a consumer
/// knows repeats and losses, are kept for each slot; so neither depends on how many partitions a
/// topic has.
public struct Slot: Hashable, Comparable, Sendable {
    public static let count = 64

    public let number: Int

    /// The slot of a stream: FNV-1a (64 bits) over the bytes of its name, modulo 64. It may never
    /// change: numbers that were given out rest on it.
    public init(of stream: StreamID) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in stream.name.utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
        }
        number = Int(hash % UInt64(Self.count))
    }

    /// - Returns: nil outside 0..<64.
    public init?(_ number: Int) {
        guard (0..<Self.count).contains(number) else { return nil }
        self.number = number
    }

    /// The partition that carries the slot.
    public func partition(of count: Int32) -> Int32 { Int32(number) % max(1, count) }

    public static func < (left: Slot, right: Slot) -> Bool { left.number < right.number }
}
