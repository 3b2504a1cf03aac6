from rt1t2.qc.software import cohort_software, participant_software


def test_versions_and_converters_are_those_that_were_recorded():
    made = {"PackageVersions": {"numpy": "2.0"}}
    records = {
        "acquisition of the T1w": made
        | {"ConversionSoftware": "dcm2niix", "ConversionSoftwareVersion": "v1"},
        "acquisition of the T2w": {},
        "ratio": {"PackageVersions": {"numpy": "2.1", "scipy": "1.0"}},
    }
    one = participant_software(records)
    assert one["PackageVersions"] == {"numpy": ["2.0", "2.1"], "scipy": ["1.0"]}
    assert one["Converters"] == ["dcm2niix v1", "not recorded"]
    other = {"PackageVersions": {"numpy": ["2.2"]}, "Converters": ["dcm2niix v1"] * 2}
    assert cohort_software([one, other]) == {
        "PackageVersions": {"numpy": ["2.0", "2.1", "2.2"], "scipy": ["1.0"]},
        "Converters": {"dcm2niix v1": 3, "not recorded": 1},
    }
    assert cohort_software([]) == {"PackageVersions": {}, "Converters": {}}
