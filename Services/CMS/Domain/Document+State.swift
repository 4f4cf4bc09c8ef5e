internal import EventTypes

extension Document {
    /// A page or a post as its stream tells it. Of older versions only what decisions need is kept.
    struct State: Sendable, Equatable {
        /// absent → active ⇄ archived → removed
        enum Phase: Sendable, Equatable { case absent, active, archived, removed }

        var phase = Phase.absent
        var id: DocumentID?
        var kind = DocumentKind.page
        /// The newest version.
        var draft: DocumentContent?
        /// Of each version, the first at 0.
        var labels: [Label] = []
        /// What the public reads.
        var release: Release?
        var firstReleasedAt: Timestamp?
        /// Every slug that was ever public.
        var publicSlugs: Set<String> = []
        var schedule: Schedule?
        var createdAt = Timestamp(seconds: 0)
        var changedAt = Timestamp(seconds: 0)

        /// The number of the newest version.
        var latest: Int64 { Int64(labels.count) }

        func label(of number: Int64) -> Label? {
            (1...max(1, latest)).contains(number) && latest > 0 ? labels[Int(number) - 1] : nil
        }

        /// The addresses that nobody else may have: of the draft, of what is public or will be,
        /// and of what was, so that links to it go on working.
        var heldSlugs: Set<String> {
            guard phase == .active || phase == .archived, let draft else { return [] }
            var slugs = publicSlugs
            slugs.insert(draft.slug)
            if let schedule, let label = label(of: schedule.number) { slugs.insert(label.slug) }
            return slugs
        }
    }

    /// What of a version decisions need.
    struct Label: Sendable, Equatable {
        let slug: String
        let title: String
    }

    struct Release: Sendable, Equatable {
        let number: Int64
        let slug: String
        let releasedAt: Timestamp
    }

    struct Schedule: Sendable, Equatable {
        let number: Int64
        let due: Timestamp
    }
}

extension Document.State {
    /// What can be done with a document.
    enum Action: String, Codable, CaseIterable, Sendable {
        case edit, publish, unpublish, schedule, unschedule, preview, archive, restore, delete
    }

    /// What can be done next.
    var next: [Action] {
        switch phase {
        case .absent, .removed: return []
        case .archived: return [.preview, .restore, .delete]
        case .active:
            var actions: [Action] = [.edit, .preview]
            if release?.number != latest { actions.append(.publish) }
            actions.append(.schedule)
            if schedule != nil { actions.append(.unschedule) }
            if release != nil { actions.append(.unpublish) }
            return actions + [.archive, .delete]
        }
    }
}
