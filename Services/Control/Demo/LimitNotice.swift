internal import Runtime
internal import Synchronization

/// Says, once, why a demonstration takes its time.
final class LimitNotice: Sendable {
    private let isTold = Atomic(false)

    func note() {
        guard !isTold.exchange(true, ordering: .relaxed) else { return }
        Terminal.write(
            """
            The platform limits the requests of one address: going on as it allows. With this \
            machine among the gateway's SOUK_TRUSTED_PROXIES everybody has an address of his own.

            """, to: 2)
    }
}
