internal import CPostgres
internal import Runtime

extension Connection {
    /// The caller of `request` does not want it any more; on the loop.
    func cancel(_ request: Request) {
        guard request.continuation != nil else { return }
        request.wasCancelled = true
        if !request.isSent {
            let isOurs = waiting.remove {
                if case .request(let other) = $0 { other === request } else { false }
            }
            if isOurs != nil { request.finish(.failure(.cancelledBeforeSending)) }
            return
        }
        if inFlight.count == 1 { return startCancel() }
        // Others are in flight beside it: a cancel request could hit one of them.
        var error = DatabaseError.cancelledBeforeSending
        error.isOutcomeUnknown = true
        request.finish(.failure(error))
        cancelIfAbandoned()
    }

    /// Cancels on the server what nobody waits for any more.
    func cancelIfAbandoned() {
        guard inFlight.first?.wasCancelled == true, !isCancelling,
            inFlight.allSatisfy(\.wasCancelled)
        else { return }
        startCancel()
    }

    /// Asks the server to stop what this connection runs. PQcancel blocks, so a thread does it;
    /// nothing is sent until it is back, lest the cancellation hit a later statement. When the
    /// server is silent for too long the connection closes (`checkPatience`).
    func startCancel() {
        guard !isCancelling, let handle, let cancel = PQgetCancel(handle) else { return }
        isCancelling = true
        lastProgress = .now
        let box = CancelHandle(pointer: cancel)
        NamedThread.start("cancel") { [loop] in
            box.send()
            loop.submit {
                self.isCancelling = false
                self.pump()
            }
        }
    }
}

/// Libpq's address of a running statement; used by one thread and freed there.
private struct CancelHandle: @unchecked Sendable {
    // Safety of `@unchecked`: libpq documents PQcancel as safe from any thread; one owner.
    let pointer: OpaquePointer

    func send() {
        var message = [CChar](repeating: 0, count: 256)
        // A failure means that the server is gone or done: the connection will tell.
        _ = PQcancel(pointer, &message, CInt(message.count))
        PQfreeCancel(pointer)
    }
}
