internal import EventTypes

/// A report as rows and columns, however it will be shown. Amounts stay whole minor units.
struct ReportTable: Sendable, Equatable {
    enum Cell: Sendable, Equatable {
        case text(String)
        case count(Int)
        case money(Money)
        /// In hundredths of a percent.
        case share(Int)
    }

    struct Column: Sendable, Equatable {
        /// As in JSON and CSV: lower case with underscores.
        let name: String
        /// For people.
        let title: String
    }

    let title: String
    let columns: [Column]
    var rows: [[Cell]]

    /// Which columns a picture draws: its labels and its lengths.
    let labelColumn: Int
    let valueColumn: Int
    /// What else stands in a label, and beside a length.
    var secondLabelColumn: Int?
    var noteColumn: Int?
}
