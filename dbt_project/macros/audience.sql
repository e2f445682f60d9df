{#
  Which values of the platforms' breakdowns mean the same. Sources: Google Ads API's enums of device,
  age range and gender; Meta's Insights API page on breakdowns. What is not listed has no counterpart.
#}
{% macro audience_values() -%}
    {% set found = [] -%}
    {% for first, last in [(18, 24), (25, 34), (35, 44), (45, 54), (55, 64)] -%}
    {% set common = first ~ '-' ~ last -%}
    {% do found.append(('google_ads', 'age', 'AGE_RANGE_' ~ first ~ '_' ~ last, common)) -%}
    {% do found.append(('facebook_ads', 'age', common, common)) -%}
    {% endfor -%}
    {% set found = found + [
        ('google_ads', 'age', 'AGE_RANGE_65_UP', '65+'),
        ('facebook_ads', 'age', '65+', '65+'),
        ('google_ads', 'gender', 'FEMALE', 'female'),
        ('facebook_ads', 'gender', 'female', 'female'),
        ('google_ads', 'gender', 'MALE', 'male'),
        ('facebook_ads', 'gender', 'male', 'male'),
        ('google_ads', 'device', 'DESKTOP', 'desktop'),
        ('facebook_ads', 'device', 'desktop', 'desktop'),
        ('google_ads', 'device', 'MOBILE', 'phone'),
        ('facebook_ads', 'device', 'iphone', 'phone'),
        ('facebook_ads', 'device', 'android_smartphone', 'phone'),
        ('google_ads', 'device', 'TABLET', 'tablet'),
        ('facebook_ads', 'device', 'ipad', 'tablet'),
        ('facebook_ads', 'device', 'android_tablet', 'tablet')
    ] -%}
    {{ listed(found, ['platform', 'breakdown', 'breakdown_value', 'common_value']) }}
{%- endmacro %}

{# How far a breakdown of one platform may be laid beside that of another, and why. #}
{% macro breakdown_verdicts() -%}
    {% set found = [
        ('device', 'comparable_after', "Meta's phones and tablets are added up to common_value."),
        ('app', 'not_comparable', 'Only Meta tells in which of its apps an ad was shown.'),
        ('country', 'comparable', 'Both by where people were, each by its own estimate.'),
        ('region', 'not_comparable', 'The platforms draw and name regions differently, without codes.'),
        ('age', 'comparable_after', 'Same ranges in common_value; Google infers ages, Meta is told them.'),
        ('gender', 'comparable_after', 'Same words in common_value; Google infers, Meta is told.'),
        ('age_gender', 'not_comparable', 'Google does not cross ages with genders.')
    ] -%}
    {{ listed(found, ['breakdown', 'verdict', 'reason']) }}
{%- endmacro %}

{# Rows of text that the code tells, by `columns`: who traces columns does not know `values`. #}
{% macro listed(rows, columns) -%}
    {% for row in rows -%}
    select
        {% for column, text in zip(columns, row) -%}
        '{{ text | replace("'", "''") }}' as {{ column }}{{ ',' if not loop.last }}
        {% endfor -%}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
{%- endmacro %}
