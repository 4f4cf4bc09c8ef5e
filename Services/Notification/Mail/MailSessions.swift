internal import Runtime
internal import Synchronization

/// A few connections to the mail server, each on a thread of its own while it is used.
final class MailSessions: Sendable {
    private let server: MailServer
    private let threads: NamedPool
    private let stop = MailSession.StopFlag()
    private let idle = Mutex<[MailSession]>([])

    /// - Parameter count: the most messages on their way at once.
    init(_ server: MailServer, count: Int) {
        self.server = server
        threads = NamedPool(name: "smtp", threads: count, waitingLimit: 4 * count)
    }

    /// Hands a message to the server.
    func deliver(_ envelope: Envelope) async -> DeliveryOutcome {
        let session =
            idle.withLock { $0.popLast() } ?? MailSession(server, stop: stop)
        defer { idle.withLock { $0.append(session) } }
        return await withTaskCancellationHandler {
            do {
                return try await threads.run { session.deliver(envelope) }
            } catch {
                // It did not come to a thread, so nothing was sent.
                return .postponed(.stopped)
            }
        } onCancel: {
            // The program's time to stop is over.
            stop.breakOff()
        }
    }

    /// Ends connections that nobody uses.
    func closeIdle() async {
        let sessions = idle.withLock { idle in
            defer { idle = [] }
            return idle
        }
        for session in sessions { try? await threads.run { session.close() } }
    }

    /// From here on, what has not begun to leave stays.
    func stopBeginning() { stop.stopBeginning() }

    /// To be called when nothing is on its way any more.
    func end() async {
        await closeIdle()
        threads.stop()
    }
}
