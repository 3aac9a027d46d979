/** Where HealthImaging is: https://docs.aws.amazon.com/general/latest/gr/healthimaging.html. AWS may have added regions since. */
export const HEALTHIMAGING_REGIONS = ['us-east-1', 'us-west-2', 'ap-southeast-2', 'eu-west-1', 'eu-west-2'];
