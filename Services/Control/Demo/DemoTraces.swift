internal import EventTypes

/// What a demonstration left behind, for its proof.
struct DemoTraces: Sendable {
    /// When it began, by the clock of the platform.
    let began: Timestamp
    /// The books before it.
    let before: DemoPayouts.Totals
    let sessions: [DemoSession]
    let purchases: [DemoErrands.Done]
    let live: DemoLive
    let page: DemoPage
    let published: DemoPage.Published
}
