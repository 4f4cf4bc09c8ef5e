extension Lifecycle {
    /// Suspends the caller for `duration`, or until the component is asked to stop.
    ///
    /// ```swift
    /// while await lifecycle.pause(.seconds(60), on: loop) { try await refresh() }
    /// ```
    ///
    /// - Returns: whether the whole time has passed and the component should go on.
    public func pause(_ duration: Duration, on loop: EventLoop) async -> Bool {
        if isShuttingDown { return false }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await loop.sleep(for: duration) }
            group.addTask { await self.shutdownRequested() }
            await group.next()
            group.cancelAll()
        }
        return !isShuttingDown && !Task.isCancelled
    }
}
