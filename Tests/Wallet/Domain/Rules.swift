internal import EventTypes
internal import TestSupport

@testable internal import WalletService

let day = Duration.seconds(86_400)

/// A digest that tests can read: the length and the sum of the bytes.
let readableChain = LegChain { bytes in
    "\(bytes.count)-\(bytes.reduce(into: UInt64(0)) { $0 = $0 &* 31 &+ UInt64($1) })"
}
