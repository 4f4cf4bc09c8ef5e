internal import Crypto
internal import EventTypes

/// Where the sealed destination of a withdrawal stands.
enum WithdrawalSeal {
    static func context(_ id: WithdrawalID) -> SealContext {
        SealContext(stream: Withdrawal.stream(id), version: 1, field: "destination")
    }
}
